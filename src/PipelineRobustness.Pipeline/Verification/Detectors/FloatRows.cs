using System.Runtime.InteropServices;
using PipelineRobustness.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>A value's numbers in memory, row by row: one row for each token. What is of another type or elsewhere is copied.</summary>
internal readonly ref struct FloatRows : IDisposable
{
    private readonly Tensor? _copy;

    public FloatRows(Tensor value)
    {
        _copy = value.device_type == DeviceType.CPU && value.dtype == float32 && value.IsInOrder() ? null : Copied(value);
        Numbers = MemoryMarshal.Cast<byte, float>((_copy ?? value).bytes);
        Width = value.dim() == 0 ? 1 : (int)value.shape[^1];
    }

    /// <summary>All of them.</summary>
    public ReadOnlySpan<float> Numbers { get; }

    /// <summary>Numbers in a row; a value without dimensions, such as a loss, is a row of one.</summary>
    public int Width { get; }

    /// <summary>How many rows.</summary>
    public int Count => Numbers.Length / Width;

    /// <summary>A row.</summary>
    public ReadOnlySpan<float> this[int row] => Numbers.Slice(row * Width, Width);

    public void Dispose() => _copy?.Dispose();

    private static Tensor Copied(Tensor value)
    {
        using var scope = NewDisposeScope();
        return value.to(float32).cpu().InOrder().DetachFromDisposeScope();
    }
}
