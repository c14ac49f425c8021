namespace PipelineRobustness.Benchmarks;

/// <summary>What a stage sends or states, and may choose. Those up to <see cref="StateCopyGradient"/> once a micro-batch.</summary>
public enum Field
{
    /// <summary>The activation to the next stage.</summary>
    SendActivation,

    /// <summary>The activation over the jump.</summary>
    SendJump,

    /// <summary>What it says that it sent forward.</summary>
    StateSent,

    /// <summary>What it says that it was sent forward.</summary>
    StateCame,

    /// <summary>What it says that its copy was sent.</summary>
    StateJumped,

    /// <summary>What it says that its copy gave forward.</summary>
    StateCopy,

    /// <summary>The gradient to the stage before.</summary>
    SendGradient,

    /// <summary>What it says that it sent backward.</summary>
    StateSentGradient,

    /// <summary>What it says that it was sent backward.</summary>
    StateCameGradient,

    /// <summary>What it says that its copy gave backward.</summary>
    StateCopyGradient,

    /// <summary>The sums of its block.</summary>
    StateSums,

    /// <summary>The sums of its copy.</summary>
    StateCopySums,

    /// <summary>Its part of the tied matrix's gradient, to the stage at the other end.</summary>
    SendPart,

    /// <summary>The same to the stage with the copy of the other end.</summary>
    SendPartToCopy,

    /// <summary>What it says that its part is.</summary>
    StatePart,

    /// <summary>What it says that the other's part was when it came.</summary>
    StateOther,

    /// <summary>What it says that its copy's part is.</summary>
    StateCopyPart,

    /// <summary>What it says that the other's part was when it came for its copy.</summary>
    StateCopyOther,
}

/// <summary>What a stage chooses to send or state.</summary>
public enum Choice
{
    /// <summary>What it computed, or was sent, or has sent.</summary>
    Honest,

    /// <summary>A lie.</summary>
    Lie,

    /// <summary>What the stage at the other end, or the other holder of the block, has claimed; where there is no such claim, the honest value.</summary>
    Claimed,

    /// <summary>Another lie.</summary>
    OtherLie,

    /// <summary>What an honest pipeline would have.</summary>
    Truth,
}
