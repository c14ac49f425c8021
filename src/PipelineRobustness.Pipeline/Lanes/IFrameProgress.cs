namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Is notified of a frame's progress, in either direction.</summary>
internal interface IFrameProgress
{
    /// <summary>Its first bytes have arrived, or are about to be sent.</summary>
    void Begin();

    /// <summary>Its header, or more of its tensors, has arrived or been sent.</summary>
    void Advance();

    /// <summary>It has arrived, or been sent, completely.</summary>
    void End();
}

/// <summary>Ignores it.</summary>
internal sealed class NoProgress : IFrameProgress
{
    public static NoProgress Instance { get; } = new();

    public void Begin()
    {
    }

    public void Advance()
    {
    }

    public void End()
    {
    }
}
