using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>A block as a stage holds it: its own, or a copy of another stage's.</summary>
internal interface IHeldBlock : IDisposable
{
    /// <summary>Which block.</summary>
    int Index { get; }

    /// <summary>Digest of its state: weights, moments and step counts.</summary>
    UInt128 Digest { get; }

    /// <summary>Weight and two moments of each parameter in order: the live tensors, which the caller must not dispose of.</summary>
    IReadOnlyList<Tensor> LiveState { get; }

    /// <summary>The first weight or moment that is not finite, in words; null where all are.</summary>
    string? FirstNotFinite();

    /// <summary>The report about the summed gradient.</summary>
    HolderReport Report();

    /// <summary>Steps by the summed gradient.</summary>
    void Step(Commit commit);

    /// <summary>Releases every graph, every kept input and every gradient.</summary>
    void Forget();

    /// <summary>A copy of its state that the caller owns.</summary>
    BlockState Capture();

    /// <summary>Its state without copying; the block must not be stepped afterwards.</summary>
    BlockState DetachState();

    /// <summary>Loads a state, which the caller still owns.</summary>
    /// <exception cref="ArgumentException">The state belongs to another block.</exception>
    void Restore(BlockState state);
}
