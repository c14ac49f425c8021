using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>One stage's part of one pass: what arrived, what is next, what is missing.</summary>
internal interface IStagePass : IDisposable
{
    /// <summary>Takes in any message of this pass.</summary>
    void Deliver(IWorkMessage message)
    {
        switch (message)
        {
            case TensorSent tensor: Deliver(tensor); break;
            case SizeSent size: Deliver(size); break;
            case Inspected outcome: Deliver(outcome); break;
            case BeginBackward: OpenGate(); break;
            default: throw new ArgumentException($"no pass takes {message.GetType().Name}", nameof(message));
        }
    }

    /// <summary>Takes ownership of a tensor of this pass.</summary>
    void Deliver(TensorSent message);

    /// <summary>Takes in the size of a tensor.</summary>
    void Deliver(SizeSent message)
    {
    }

    /// <summary>Takes in the detector's answer.</summary>
    void Deliver(Inspected outcome);

    /// <summary>Backward may begin.</summary>
    void OpenGate();

    /// <summary>What the pass is waiting for, in words; null if the next step can be done now.</summary>
    string? Missing { get; }

    /// <summary>Whether the next step can be done now.</summary>
    bool CanAdvance => Missing is null;

    /// <summary>
    /// Whether a step is done in the turn in which it becomes possible: it takes only virtual time. The next one has its own turn.
    /// </summary>
    bool StepsAtOnce => false;

    /// <summary>The next step, or the one that was begun but not completed, in words.</summary>
    string Next { get; }

    /// <summary>Whether all steps are done.</summary>
    bool Finished { get; }

    /// <summary>Does the next step.</summary>
    void Advance();
}

/// <summary>Where a pass sends its results.</summary>
internal interface IStageOutlet
{
    /// <summary>What the stage's behaviour remembers.</summary>
    BehaviourMemory Memory { get; }

    /// <summary>The stage's seat: how often it was convicted.</summary>
    int Seat { get; }

    /// <summary>Gives a tensor away.</summary>
    void Send(TensorSent message);

    /// <summary>Gives its size away.</summary>
    void Send(SizeSent message);

    /// <summary>The state of the stage's detector at the last commit.</summary>
    DetectorState Detector { get; }

    /// <summary>Sends to the detector.</summary>
    void Check(IInspectionMessage message);

    /// <summary>Sends to the witness.</summary>
    void Witness(IWorkMessage message);

    /// <summary>Keeps a handle on a tensor for a hearing.</summary>
    void Keep(ExhibitKey key, Tensor value);

    /// <summary>Sends to the server.</summary>
    void Report(IWorkMessage message);
}

/// <summary>Separate handles on tensors.</summary>
internal static class TensorHandles
{
    /// <summary>Another handle on the same values, outside of every scope.</summary>
    public static Tensor Share(this Tensor tensor) => tensor.alias().DetachFromDisposeScope();
}
