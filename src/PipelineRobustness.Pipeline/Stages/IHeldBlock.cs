using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>A block as a stage holds it: its own, or a copy of another's.</summary>
internal interface IHeldBlock : IDisposable
{
    /// <summary>Which block.</summary>
    int Index { get; }

    /// <summary>Digest of its state: weights, moments and step counts.</summary>
    UInt128 Digest { get; }

    /// <summary>Weight and two moments of each parameter in order: the live tensors, not the caller's to dispose of.</summary>
    IReadOnlyList<Tensor> LiveState { get; }

    /// <summary>What is said of the summed gradient.</summary>
    HolderReport Report();

    /// <summary>Steps by the summed gradient.</summary>
    void Step(Commit commit);

    /// <summary>Lets go of every graph, every kept input and every gradient.</summary>
    void Forget();

    /// <summary>A copy of its state that the caller owns.</summary>
    BlockState Capture();

    /// <summary>Its state without a copy; it must not be stepped any more.</summary>
    BlockState DetachState();

    /// <summary>Takes on a state, which stays the caller's.</summary>
    /// <exception cref="ArgumentException">It is another block's.</exception>
    void Restore(BlockState state);
}
