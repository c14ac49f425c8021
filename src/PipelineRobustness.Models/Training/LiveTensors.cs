using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// Counts the tensors that have not been released. TorchSharp's counter is one too high for each Parameter ever created
/// (its constructor takes over a handle without counting down); this class corrects for it.
/// </summary>
public static class LiveTensors
{
    private static long _parameters;

    /// <summary>The number of live tensors over all threads. A finalizer may lower it at any time.</summary>
    public static long Count => Tensor.TotalCount - Interlocked.Read(ref _parameters);

    /// <summary>Records the creation of a Parameter.</summary>
    internal static void NoteParameter() => Interlocked.Increment(ref _parameters);
}
