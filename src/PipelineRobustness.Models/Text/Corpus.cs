using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Models.Text.Corpora.Cache;
using PipelineRobustness.Models.Text.Corpora.Documents;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text;

/// <summary>A text as token ids: what is trained on, and what is evaluated on.</summary>
public sealed class Corpus : IDisposable
{
    /// <summary>The share of tokens at the end that is evaluated on, where the text itself sets nothing apart.</summary>
    public const double DefaultValidationShare = 0.1;

    // Each part needs an input and a target.
    private const int TokensMin = 2;

    private Corpus(string name, string origin, TokenSequence train, TokenSequence validation, IReadOnlyList<string> notes) =>
        (Name, Origin, Train, Validation, Notes) = (name, origin, train, validation, notes);

    /// <summary>What to call it.</summary>
    public string Name { get; }

    /// <summary>Where it comes from.</summary>
    public string Origin { get; }

    /// <summary>The tokens to train on.</summary>
    public TokenSequence Train { get; }

    /// <summary>The tokens to evaluate on.</summary>
    public TokenSequence Validation { get; }

    /// <summary>What its user should know of it, a line each: files left out, digests not verified, unknown pieces.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The English text that comes with the library.</summary>
    public static Corpus Embedded(ITokenizer tokenizer) => new CorpusReader(CorpusEnvironment.Bare).Read(new CorpusRequest(), tokenizer);

    /// <summary>Any UTF-8 text file, whatever its name; a byte order mark is left out.</summary>
    /// <exception cref="BadInputException">Absent, a folder, unreadable, not UTF-8 or too short.</exception>
    public static Corpus FromFile(string path, ITokenizer tokenizer, double validationShare = DefaultValidationShare)
    {
        var texts = CorpusTexts.Of([new SourceFile(path, SourceFormat.Text)], null, wikiText: false, detokenise: false);
        var encoded = TokenCache.InMemory(sink => TokenisedTexts.Encode(texts, tokenizer, ReadProgress.Unwatched, sink));
        return AtEnd(Path.GetFileName(path), path, encoded.Tokens, validationShare, []);
    }

    /// <summary>Closes what is mapped into memory.</summary>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
    }

    /// <summary>Tokens whose last share is for evaluation.</summary>
    internal static Corpus AtEnd(string name, string origin, TokenSequence tokens, double validationShare, IReadOnlyList<string> notes)
    {
        var validation = (long)Math.Round(tokens.Length * validationShare);
        if (validation < TokensMin || tokens.Length - validation < TokensMin)
        {
            throw new BadInputException(
                $"{origin}: expected text for at least {TokensMin} tokens to train on and {TokensMin} to evaluate on, found "
                + $"{tokens.Length - validation} and {validation} (data.validation-share)");
        }

        return new Corpus(
            name, origin, tokens.Slice(0, tokens.Length - validation), tokens.Slice(tokens.Length - validation, validation), notes);
    }

    /// <summary>Tokens to train on and others to evaluate on.</summary>
    internal static Corpus Apart(string name, string origin, TokenSequence train, TokenSequence validation, IReadOnlyList<string> notes) =>
        train.Length >= TokensMin && validation.Length >= TokensMin
            ? new Corpus(name, origin, train, validation, notes)
            : throw new BadInputException(
                $"{origin}: expected text for at least {TokensMin} tokens to train on and {TokensMin} to evaluate on, "
                + $"found {train.Length} and {validation.Length}");
}
