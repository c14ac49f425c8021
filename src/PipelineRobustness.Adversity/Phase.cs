using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity;

/// <summary>Where in an iteration.</summary>
public enum Phase
{
    /// <summary>Before a micro-batch goes forward.</summary>
    Forward,

    /// <summary>Before a micro-batch goes backward.</summary>
    Backward,

    /// <summary>When gradients are summed, before that is said.</summary>
    Prepared,

    /// <summary>When a stage has stepped to the next version; others may not have.</summary>
    Committed,
}

/// <summary>Phases of work.</summary>
internal static class Phases
{
    /// <summary>The phase in which work goes in a direction.</summary>
    public static Phase Of(Direction direction) => direction == Direction.Forward ? Phase.Forward : Phase.Backward;
}
