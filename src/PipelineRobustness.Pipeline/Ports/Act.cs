namespace PipelineRobustness.Pipeline.Ports;

/// <summary>What a stage does in an attempt, and may do wrongly.</summary>
public enum Act
{
    /// <summary>To state at all what it was sent and what it made of it.</summary>
    Statement,

    /// <summary>A micro-batch forward.</summary>
    Forward,

    /// <summary>A micro-batch backward.</summary>
    Backward,

    /// <summary>What it adds up over a pass: gradients, their norms, the loss.</summary>
    Sum,

    /// <summary>The step from one version of the weights to the next.</summary>
    Step,

    /// <summary>A block's state that it gives or is given.</summary>
    Transfer,

    /// <summary>The weights that it keeps from one step to the next iteration.</summary>
    Weights,
}
