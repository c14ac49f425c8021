namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Hears how a frame gets on, in either direction.</summary>
internal interface IFramePace
{
    /// <summary>Its first bytes have come, or are about to go.</summary>
    void Began();

    /// <summary>Its header, or more of its tensors, has come, or gone.</summary>
    void GoesOn();

    /// <summary>It has come, or gone, whole.</summary>
    void Ended();
}

/// <summary>Nobody hears of it.</summary>
internal sealed class NoPace : IFramePace
{
    public static NoPace Instance { get; } = new();

    public void Began()
    {
    }

    public void GoesOn()
    {
    }

    public void Ended()
    {
    }
}
