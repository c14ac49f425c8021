using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Text;

/// <summary>Divides a token sequence into disjoint windows.</summary>
internal static class Windows
{
    /// <summary>The number of full windows; each also needs the following token as its last target.</summary>
    /// <exception cref="BadInputException">There are more windows than an array can index.</exception>
    public static int Count(long tokens, int time)
    {
        var count = Math.Max(0, (tokens - 1) / time);
        return count < Array.MaxLength
            ? (int)count
            : throw new BadInputException($"data: expected text for less than {Array.MaxLength} windows of {time} tokens, found {tokens} tokens");
    }

    /// <summary>int64 [starts, time]: the tokens from each start, outside any dispose scope.</summary>
    public static Tensor At(TokenSequence tokens, ReadOnlySpan<long> starts, int time)
    {
        var window = new int[time];
        var tensor = empty([starts.Length, time], int64, CPU).DetachFromDisposeScope();
        var ids = MemoryMarshal.Cast<byte, long>(tensor.bytes);
        for (var row = 0; row < starts.Length; row++)
        {
            tokens.Read(starts[row], window);
            for (var t = 0; t < time; t++)
                ids[row * time + t] = window[t];
        }
        return tensor;
    }
}
