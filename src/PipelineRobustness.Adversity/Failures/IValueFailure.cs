using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>A failure that changes values. It is injected where they pass, in a simulation and in real processes alike.</summary>
public interface IValueFailure
{
    /// <summary>Whether it changes what a stage sends in a direction.</summary>
    bool ChangesSent(Direction direction);

    /// <summary>Whether it changes a stage's weights or moments between two iterations.</summary>
    bool ChangesState { get; }

    /// <summary>A changed copy of a value that is sent, outside of every scope.</summary>
    Tensor Changed(Tensor value, ulong key);

    /// <summary>Changes a block's state in place.</summary>
    /// <param name="state">Weight, first and second moment of every parameter, in turn; live.</param>
    /// <param name="key">The key to draw from, for a purpose.</param>
    void ChangeState(IReadOnlyList<Tensor> state, Func<string, ulong> key);
}
