namespace PipelineRobustness.Models.Text.Corpora.Cache;

/// <summary>Collects token ids in memory.</summary>
internal sealed class MemoryTokens : ITokenSink
{
    private readonly List<int> _tokens = [];

    public void Append(ReadOnlySpan<int> tokens) => _tokens.AddRange(tokens);

    /// <summary>All tokens received.</summary>
    public TokenSequence Sequence() => _tokens.ToArray();
}
