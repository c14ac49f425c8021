using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Models.Text.Corpora.Cache;
using PipelineRobustness.Models.Text.Corpora.Documents;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text;

/// <summary>A text as token ids, in a part for training and a part for evaluation.</summary>
public sealed class Corpus : IDisposable
{
    /// <summary>The share of tokens at the end that is used for evaluation if the corpus has no evaluation split.</summary>
    public const double DefaultValidationShare = 0.1;

    // Each part needs an input and a target.
    private const int TokensMin = 2;

    private Corpus(string name, string origin, TokenSequence train, TokenSequence validation, IReadOnlyList<string> notes) =>
        (Name, Origin, Train, Validation, Notes) = (name, origin, train, validation, notes);

    /// <summary>The corpus's name.</summary>
    public string Name { get; }

    /// <summary>Where the text comes from.</summary>
    public string Origin { get; }

    /// <summary>The tokens to train on.</summary>
    public TokenSequence Train { get; }

    /// <summary>The tokens to evaluate on.</summary>
    public TokenSequence Validation { get; }

    /// <summary>Notes for the user, one line each: files not read, unverified digests, unknown tokens.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The English text embedded in the library.</summary>
    public static Corpus Embedded(ITokenizer tokenizer) => new CorpusReader(CorpusEnvironment.Offline).Read(new CorpusRequest(), tokenizer);

    /// <summary>Reads any UTF-8 text file, whatever its name, without byte order mark.</summary>
    /// <exception cref="BadInputException">The path is absent, a folder, unreadable, not UTF-8 or too short.</exception>
    public static Corpus FromFile(string path, ITokenizer tokenizer, double validationShare = DefaultValidationShare)
    {
        var file = new SourceFile(path, SourceFormat.Text);
        file.CheckSignature();
        var texts = CorpusTexts.Of([file], null, wikiText: false, detokenise: false);
        var encoded = TokenCache.InMemory(sink => TokenisedTexts.Encode(texts, tokenizer, ReadProgress.None, sink));
        return SplitAtEnd(Path.GetFileName(path), path, encoded.Tokens, validationShare, []);
    }

    /// <summary>Closes the memory-mapped files.</summary>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
    }

    /// <summary>A corpus whose last tokens are used for evaluation.</summary>
    internal static Corpus SplitAtEnd(string name, string origin, TokenSequence tokens, double validationShare, IReadOnlyList<string> notes)
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

    /// <summary>A corpus from separate tokens for training and evaluation.</summary>
    internal static Corpus FromParts(string name, string origin, TokenSequence train, TokenSequence validation, IReadOnlyList<string> notes) =>
        train.Length >= TokensMin && validation.Length >= TokensMin
            ? new Corpus(name, origin, train, validation, notes)
            : throw new BadInputException(
                $"{origin}: expected text for at least {TokensMin} tokens to train on and {TokensMin} to evaluate on, "
                + $"found {train.Length} and {validation.Length}");
}
