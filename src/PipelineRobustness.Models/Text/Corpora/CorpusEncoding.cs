using System.Globalization;
using PipelineRobustness.Models.Text.Corpora.Cache;
using PipelineRobustness.Models.Text.Corpora.Documents;
using PipelineRobustness.Models.Text.Corpora.Download;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>Makes tokens of a corpus's files, or takes those that were kept, and notes what there is to say about them.</summary>
internal sealed class CorpusEncoding
{
    // Bytes are as quickly made anew as read from a cache, and plain text of this size fits into any memory.
    private const long CheapBytesMax = 16 << 20;

    private readonly ITokenizer _tokenizer;
    private readonly List<string> _notes;
    private readonly TokenCache _cache;
    private readonly ThrottledProgress _ticker;
    private long _tokens;
    private long _unknown;

    /// <summary>Makes tokens with a tokenizer; <paramref name="notes"/> gets what there is to say.</summary>
    public CorpusEncoding(CorpusEnvironment surroundings, ITokenizer tokenizer, List<string> notes)
    {
        (_tokenizer, _notes) = (tokenizer, notes);
        _cache = new TokenCache(surroundings.CacheFolder is { } folder ? Path.Combine(folder, "tokens") : null, Note);
        _ticker = new ThrottledProgress(surroundings.Progress, surroundings.Clock);
    }

    /// <summary>The tokens of files of one format, in their order, read as a request wants them.</summary>
    /// <exception cref="BadInputException">A file is not what it should be.</exception>
    public TokenSequence Of(IReadOnlyList<SourceFile> files, CorpusRequest request, string name)
    {
        var texts = CorpusTexts.Of(files, request.Field, request.IsWikiText, request.IsDetokenised);
        var bytes = files.Sum(file => file.Length);
        var digests = files.Select(file => Digest(file, request, name)).ToList();
        long Encode(ITokenSink sink) =>
            TokenisedTexts.Encode(texts, _tokenizer, new ReadProgress(_ticker, $"tokenising {name} ({_tokenizer.Name})", bytes), sink);

        var encoded = _tokenizer is ByteTokenizer && bytes <= CheapBytesMax && files.All(file => file.IsPlain)
            ? TokenCache.InMemory(Encode)
            : _cache.Get(TokenisedTexts.Key(texts, digests, _tokenizer), Encode);
        _tokens += encoded.Tokens.Length;
        _unknown += encoded.Unknown;
        return encoded.Tokens;
    }

    /// <summary>Notes the share of unknown pieces in all that was made so far, where there are any.</summary>
    public void NoteUnknown(string name)
    {
        if (_unknown == 0) return;

        var share = ((double)_unknown / _tokens).ToString("0.####%", CultureInfo.InvariantCulture);
        Note($"{name}: {share} of the tokens ({_unknown} of {_tokens}) stand for pieces that {_tokenizer.Name} does not know");
    }

    private string Digest(SourceFile file, CorpusRequest request, string name)
    {
        var digest = file.Sha256();
        // Only named corpora are downloaded; what lies beside a user's own files is the user's.
        if (request.Path is null && file.Opener is null && DigestRecord.Check(file.Path, digest))
            Note($"{name}: {Path.GetFileName(file.Path)} is as it was first downloaded; no SHA-256 is published for it: unverified");
        return digest;
    }

    private void Note(string note)
    {
        if (!_notes.Contains(note))
            _notes.Add(note);
    }
}
