using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>The text: a file or folder, which takes precedence, or a corpus by name.</summary>
public sealed record DataSettings
{
    /// <summary>
    /// A corpus by name: embedded (part of the program), wikitext-2, wikitext-2-raw, arxiv-abstracts, openwebtext, or
    /// questions (drawn from <c>seed</c>). All but the first and the last are folders of that name in <c>folder</c>, downloaded if absent
    /// (docs/corpora.md).
    /// </summary>
    [Setting<CorpusName>]
    public string Corpus { get; init; } = "embedded";

    /// <summary>
    /// A file to train on: .jsonl, .json (one object per line), .csv, .parquet or UTF-8 text, each also as .gz; or a folder of
    /// such files. If set, it takes precedence over <c>corpus</c>. A relative path is resolved like <c>model.path</c>.
    /// </summary>
    [Setting<PathText>]
    public string? Path { get; init; }

    /// <summary>
    /// The folder of the named corpora; empty: the cache folder (XDG_CACHE_HOME, else ~/.cache). A relative path is resolved
    /// like <c>model.path</c>.
    /// </summary>
    [Setting<PathText>]
    public string? Folder { get; init; }

    /// <summary>
    /// The JSON field or the column that holds the documents; empty: the first that exists of text, abstract, summary, content.
    /// </summary>
    [Setting<FieldName>]
    public string? Field { get; init; }

    /// <summary>
    /// Share of the text's tokens, at its end, that is reserved for evaluation (above 0 and below 1), unless the corpus has
    /// files of its own for that (test, else validation).
    /// </summary>
    [Setting(0, 1, ExcludesMinimum = true, ExcludesMaximum = true)]
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>
    /// Another corpus by name to evaluate on; the whole of the first is then trained on. Its documents are in the first field
    /// that exists. Empty: evaluate on the same text.
    /// </summary>
    [Setting<CorpusNameOrNone>]
    public string? EvaluationCorpus { get; init; }

    /// <summary>Which questions the corpus of that name has; they are drawn from <c>seed</c>.</summary>
    [Setting]
    public QuestionSettings Questions { get; init; } = new();

    /// <summary>
    /// true removes WikiText's spaces before punctuation, its @-@ and its spaced headings, and puts an empty line between two
    /// lines, as the paper does. Applies to wikitext-2, wikitext-2-raw and <c>path</c>; other corpora stay as they are.
    /// </summary>
    [Setting]
    public bool Detokenise { get; init; }
}

/// <summary>The name of a corpus.</summary>
public sealed record CorpusName() : OneOf(CorpusNames.All);

/// <summary>The name of a corpus, or nothing.</summary>
public sealed record CorpusNameOrNone() : OneOfOrNone(CorpusNames.All);

/// <summary>The name of a field, or nothing.</summary>
public sealed record FieldName() : AnyText("the name of a field, or nothing");
