namespace PipelineRobustness.Models.Text;

/// <summary>What a <see cref="TokenSequence"/> reads from.</summary>
internal interface ITokenStore : IDisposable
{
    /// <summary>Fills <paramref name="destination"/>; the caller has made sure that there are so many.</summary>
    void Read(long start, Span<int> destination);
}
