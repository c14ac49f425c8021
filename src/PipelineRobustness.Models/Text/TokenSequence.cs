namespace PipelineRobustness.Models.Text;

/// <summary>
/// A sequence of token ids in memory or in a memory-mapped file. A slice shares the storage of the whole; disposing of
/// either closes the file for both, and reading after that throws. Thread-safe for reading.
/// </summary>
public sealed class TokenSequence : IDisposable
{
    private readonly ITokenStore _store;
    private readonly long _start;

    internal TokenSequence(ITokenStore store, long start, long length) => (_store, _start, Length) = (store, start, length);

    /// <summary>Number of tokens.</summary>
    public long Length { get; }

    /// <summary>The token at an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public int this[long index]
    {
        get
        {
            Span<int> one = [0];
            Read(index, one);
            return one[0];
        }
    }

    /// <summary>The array itself, not copied.</summary>
    public static implicit operator TokenSequence(int[] tokens) => FromArray(tokens);

    /// <summary>The array itself, not copied.</summary>
    public static TokenSequence FromArray(int[] tokens) => new(new ArrayStore(tokens), 0, tokens.Length);

    /// <summary>Copies tokens from <paramref name="start"/> on to fill <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range exceeds the sequence.</exception>
    public void Read(long start, Span<int> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - destination.Length);
        _store.Read(_start + start, destination);
    }

    /// <summary>A part of the sequence, without copying.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range exceeds the sequence.</exception>
    public TokenSequence Slice(long start, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
        return new TokenSequence(_store, _start + start, length);
    }

    /// <summary>A copy of all tokens.</summary>
    public int[] ToArray()
    {
        var tokens = new int[Length];
        Read(0, tokens);
        return tokens;
    }

    /// <summary>Closes the file, if there is one.</summary>
    public void Dispose() => _store.Dispose();

    private sealed class ArrayStore(int[] tokens) : ITokenStore
    {
        public void Read(long start, Span<int> destination) => tokens.AsSpan((int)start, destination.Length).CopyTo(destination);

        public void Dispose()
        {
        }
    }
}
