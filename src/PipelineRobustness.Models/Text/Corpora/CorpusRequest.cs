namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>Which text, and how it is read.</summary>
public sealed record CorpusRequest
{
    /// <summary>One of <see cref="CorpusNames.All"/>.</summary>
    public string Name { get; init; } = CorpusNames.Embedded;

    /// <summary>A file or folder, which wins over <see cref="Name"/>; null for none.</summary>
    public string? Path { get; init; }

    /// <summary>Where named corpora are sought as folders of their names, and downloaded to; null for the cache.</summary>
    public string? Folder { get; init; }

    /// <summary>The field that holds the documents; null looks for the usual ones.</summary>
    public string? Field { get; init; }

    /// <summary>The share of tokens at the end that is evaluated on, where the corpus itself sets nothing apart.</summary>
    public double ValidationShare { get; init; } = Corpus.DefaultValidationShare;

    /// <summary>
    /// Whether WikiText's spaces are taken back, where it is WikiText: by its name, or because it is at <see cref="Path"/> and
    /// so who set both says it. Any other named corpus is left as it is.
    /// </summary>
    public bool Detokenise { get; init; }

    /// <summary>A corpus by name whose evaluation part is used; all of the other is then trained on. Null for none.</summary>
    public string? EvaluationCorpus { get; init; }

    /// <summary>Whether it is WikiText by its name.</summary>
    internal bool IsWikiText => Path is null && Name is CorpusNames.WikiText2 or CorpusNames.WikiText2Raw;

    /// <summary>Whether spaces are taken back in this text.</summary>
    internal bool IsDetokenised => Detokenise && (Path is not null || IsWikiText);
}
