namespace PipelineRobustness.Models.Text;

/// <summary>The storage behind a <see cref="TokenSequence"/>.</summary>
internal interface ITokenStore : IDisposable
{
    /// <summary>Fills <paramref name="destination"/>; the caller has checked the bounds.</summary>
    void Read(long start, Span<int> destination);
}
