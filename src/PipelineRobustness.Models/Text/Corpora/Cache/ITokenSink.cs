namespace PipelineRobustness.Models.Text.Corpora.Cache;

/// <summary>Receives token ids in order.</summary>
internal interface ITokenSink
{
    /// <summary>Appends the next ids.</summary>
    void Append(ReadOnlySpan<int> tokens);
}
