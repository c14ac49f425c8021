using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// How many tensors there are that nobody has let go of. TorchSharp counts one too many for each Parameter ever made (its
/// constructor takes a handle over without counting down); these are taken off.
/// </summary>
public static class LiveTensors
{
    private static long _parameters;

    /// <summary>The number, over all threads. A finalizer may lower it at any time.</summary>
    public static long Count => Tensor.TotalCount - Interlocked.Read(ref _parameters);

    /// <summary>Another Parameter was made.</summary>
    internal static void NoteParameter() => Interlocked.Increment(ref _parameters);
}
