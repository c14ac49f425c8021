namespace PipelineRobustness.Models.Text;

/// <summary>
/// Token ids in order, in memory or in a file mapped into it. A part shares what it is a part of; disposing either
/// closes the file for both, and reading from a closed one throws. Safe to read from several threads.
/// </summary>
public sealed class TokenSequence : IDisposable
{
    private readonly ITokenStore _store;
    private readonly long _start;

    internal TokenSequence(ITokenStore store, long start, long length) => (_store, _start, Length) = (store, start, length);

    /// <summary>Number of tokens.</summary>
    public long Length { get; }

    /// <summary>One token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none at that place.</exception>
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

    /// <summary>Copies the tokens from <paramref name="start"/> on until <paramref name="destination"/> is full.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public void Read(long start, Span<int> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - destination.Length);
        _store.Read(_start + start, destination);
    }

    /// <summary>A part, without copying.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public TokenSequence Slice(long start, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
        return new TokenSequence(_store, _start + start, length);
    }

    /// <summary>A copy of all.</summary>
    public int[] ToArray()
    {
        var tokens = new int[Length];
        Read(0, tokens);
        return tokens;
    }

    /// <summary>Closes the file; an array stays as it is.</summary>
    public void Dispose() => _store.Dispose();

    private sealed class ArrayStore(int[] tokens) : ITokenStore
    {
        public void Read(long start, Span<int> destination) => tokens.AsSpan((int)start, destination.Length).CopyTo(destination);

        public void Dispose()
        {
        }
    }
}
