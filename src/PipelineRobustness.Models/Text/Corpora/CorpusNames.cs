namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>The names of the known corpora.</summary>
public static class CorpusNames
{
    /// <summary>The English text embedded in the library.</summary>
    public const string Embedded = "embedded";

    /// <summary>WikiText-2 in its tokenised release, with rare words replaced.</summary>
    public const string WikiText2 = "wikitext-2";

    /// <summary>WikiText-2 in its raw release.</summary>
    public const string WikiText2Raw = "wikitext-2-raw";

    /// <summary>Abstracts of papers.</summary>
    public const string ArxivAbstracts = "arxiv-abstracts";

    /// <summary>Web pages.</summary>
    public const string OpenWebText = "openwebtext";

    /// <summary>Questions and answers, drawn from a seed.</summary>
    public const string Questions = "questions";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = [Embedded, WikiText2, WikiText2Raw, ArxivAbstracts, OpenWebText, Questions];
}
