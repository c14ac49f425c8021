using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>One stage's share of one pass: what came, what is next, what is missing.</summary>
internal interface IStagePass : IDisposable
{
    /// <summary>Takes in a tensor of this pass; it is the pass's from now on.</summary>
    void Deliver(TensorSent message);

    /// <summary>Takes in the size of one.</summary>
    void Deliver(SizeSent message)
    {
    }

    /// <summary>Takes in the detector's answer.</summary>
    void Deliver(Inspected outcome);

    /// <summary>Backward may begin.</summary>
    void OpenGate();

    /// <summary>What is waited for, in words; null where the next step can be done now.</summary>
    string? Missing { get; }

    /// <summary>Whether it can.</summary>
    bool CanAdvance => Missing is null;

    /// <summary>
    /// Whether a step is done in the turn in which it becomes possible: it takes no time but the simulation's. The next has its own turn.
    /// </summary>
    bool StepsAtOnce => false;

    /// <summary>What comes next, or was begun and did not get done, in words.</summary>
    string Next { get; }

    /// <summary>Whether nothing is left to do.</summary>
    bool Finished { get; }

    /// <summary>Does the next step.</summary>
    void Advance();
}

/// <summary>Where a pass sends to.</summary>
internal interface IStageOutlet
{
    /// <summary>What the stage's behaviour remembers of the attempt under way.</summary>
    AttemptMemory Memory { get; }

    /// <summary>Gives a tensor away.</summary>
    void Send(TensorSent message);

    /// <summary>Gives its size away.</summary>
    void Send(SizeSent message);

    /// <summary>What the stage's detector remembers at the last commit.</summary>
    DetectorState Detector { get; }

    /// <summary>Asks or tells the detector.</summary>
    void Check(IInspectionMessage message);

    /// <summary>Tells the server.</summary>
    void Report(IWorkMessage message);
}

/// <summary>Handles of one's own.</summary>
internal static class TensorHandles
{
    /// <summary>Another handle on the same values, outside of every scope.</summary>
    public static Tensor Share(this Tensor tensor) => tensor.alias().DetachFromDisposeScope();
}
