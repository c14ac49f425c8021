using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Text;

/// <summary>Cutting a sequence of tokens into disjoint windows.</summary>
internal static class Windows
{
    /// <summary>How many whole windows there are; each also needs the token behind it, as its last target.</summary>
    /// <exception cref="BadInputException">More than can be numbered.</exception>
    public static int Count(long tokens, int time)
    {
        var count = Math.Max(0, (tokens - 1) / time);
        return count < Array.MaxLength
            ? (int)count
            : throw new BadInputException($"data: expected text for less than {Array.MaxLength} windows of {time} tokens, found {tokens} tokens");
    }

    /// <summary>int64 [starts, time]: the tokens from each start on; outside any dispose scope.</summary>
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
