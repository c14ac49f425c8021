namespace PipelineRobustness.Pipeline.Ports;

/// <summary>What a stage's behaviour remembers. The stage owns it, and it ends with the stage.</summary>
public sealed class BehaviourMemory
{
    /// <summary>What it remembers during an attempt.</summary>
    public AttemptMemory Attempt { get; } = new();

    /// <summary>What it takes from one iteration to the next.</summary>
    public LastingMemory Lasting { get; } = new();

    /// <summary>An attempt begins, at the iteration of the one before or at a later one.</summary>
    public void Begin(long iteration)
    {
        Attempt.Clear();
        Lasting.Begin(iteration);
    }

    /// <summary>Forgets all tensors, and disposes of them.</summary>
    public void Clear()
    {
        Attempt.Clear();
        Lasting.Clear();
    }
}
