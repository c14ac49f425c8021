namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>The corpora that are known by name.</summary>
public static class CorpusNames
{
    /// <summary>The English text that comes with the library.</summary>
    public const string Embedded = "embedded";

    /// <summary>WikiText-2 as its makers tokenised it, with unknown words replaced.</summary>
    public const string WikiText2 = "wikitext-2";

    /// <summary>WikiText-2 with all its words.</summary>
    public const string WikiText2Raw = "wikitext-2-raw";

    /// <summary>Abstracts of papers.</summary>
    public const string ArxivAbstracts = "arxiv-abstracts";

    /// <summary>Web pages.</summary>
    public const string OpenWebText = "openwebtext";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Embedded, WikiText2, WikiText2Raw, ArxivAbstracts, OpenWebText];
}
