using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>Cutting a sequence of tokens into disjoint windows.</summary>
internal static class Windows
{
    /// <summary>How many whole windows there are; each also needs the token behind it, as its last target.</summary>
    public static int Count(int tokens, int time) => Math.Max(0, (tokens - 1) / time);

    /// <summary>int64 [starts, time]: the tokens from each start on; outside any dispose scope.</summary>
    public static Tensor At(int[] tokens, ReadOnlySpan<int> starts, int time)
    {
        var tensor = empty([starts.Length, time], int64, CPU).DetachFromDisposeScope();
        var ids = MemoryMarshal.Cast<byte, long>(tensor.bytes);
        for (var row = 0; row < starts.Length; row++)
        {
            for (var t = 0; t < time; t++)
                ids[row * time + t] = tokens[starts[row] + t];
        }
        return tensor;
    }
}
