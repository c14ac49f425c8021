using PipelineRobustness.Models.Text.Corpora.Drawn;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>Which corpus to read, and how.</summary>
public sealed record CorpusRequest
{
    /// <summary>One of <see cref="CorpusNames.All"/>.</summary>
    public string Name { get; init; } = CorpusNames.Embedded;

    /// <summary>A file or folder, which takes precedence over <see cref="Name"/>; null for none.</summary>
    public string? Path { get; init; }

    /// <summary>The folder with a subfolder for each named corpus, where it is looked up and downloaded to; null for the cache.</summary>
    public string? Folder { get; init; }

    /// <summary>The field with the documents; null to try the usual names.</summary>
    public string? Field { get; init; }

    /// <summary>The share of tokens at the end that is used for evaluation if the corpus has no evaluation split.</summary>
    public double ValidationShare { get; init; } = Corpus.DefaultValidationShare;

    /// <summary>
    /// Whether to remove WikiText's extra spaces. Applies to the WikiText corpora and to <see cref="Path"/>; other
    /// named corpora are left unchanged.
    /// </summary>
    public bool Detokenise { get; init; }

    /// <summary>A named corpus whose evaluation split is used, with all of the requested corpus for training; null for none.</summary>
    public string? EvaluationCorpus { get; init; }

    /// <summary>Whether the named corpus is WikiText.</summary>
    internal bool IsWikiText => Path is null && Name is CorpusNames.WikiText2 or CorpusNames.WikiText2Raw;

    /// <summary>What is drawn where <see cref="Name"/> or <see cref="EvaluationCorpus"/> is <see cref="CorpusNames.Questions"/>.</summary>
    public QuestionCorpus Questions { get; init; } = new();

    /// <summary>Whether extra spaces are removed from this text.</summary>
    internal bool IsDetokenised => Detokenise && (Path is not null || IsWikiText);
}
