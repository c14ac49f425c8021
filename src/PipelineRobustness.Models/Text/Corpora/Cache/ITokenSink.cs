namespace PipelineRobustness.Models.Text.Corpora.Cache;

/// <summary>Takes token ids one after another.</summary>
internal interface ITokenSink
{
    /// <summary>Takes the next ids.</summary>
    void Append(ReadOnlySpan<int> tokens);
}
