namespace PipelineRobustness.Models;

/// <summary>Takes token ids one after another.</summary>
internal interface ITokenSink
{
    /// <summary>Takes the next ids.</summary>
    void Append(ReadOnlySpan<int> tokens);
}
