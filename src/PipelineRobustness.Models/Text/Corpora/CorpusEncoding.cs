using System.Globalization;
using PipelineRobustness.Models.Text.Corpora.Cache;
using PipelineRobustness.Models.Text.Corpora.Documents;
using PipelineRobustness.Models.Text.Corpora.Download;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>Tokenises a corpus's files, using the cache, and collects notes about them.</summary>
internal sealed class CorpusEncoding
{
    // Encoding bytes is as fast as reading a cache, and plain text of this size fits into memory.
    private const long CheapBytesMax = 16 << 20;

    private readonly ITokenizer _tokenizer;
    private readonly List<string> _notes;
    private readonly TokenCache _cache;
    private readonly ThrottledProgress _ticker;
    private long _tokens;
    private long _unknown;

    /// <summary>Encodes with a tokenizer; <paramref name="notes"/> receives the notes.</summary>
    public CorpusEncoding(CorpusEnvironment environment, ITokenizer tokenizer, List<string> notes)
    {
        (_tokenizer, _notes) = (tokenizer, notes);
        _cache = new TokenCache(environment.CacheFolder is { } folder ? Path.Combine(folder, "tokens") : null, Note);
        _ticker = new ThrottledProgress(environment.Progress, environment.Clock);
    }

    /// <summary>Tokenises files of the same format in order, as requested.</summary>
    /// <exception cref="BadInputException">A file is invalid.</exception>
    public TokenSequence Of(IReadOnlyList<SourceFile> files, CorpusRequest request, string name)
    {
        foreach (var file in files)
            file.CheckSignature();
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

    /// <summary>Adds a note about the share of unknown tokens encoded so far, if there are any.</summary>
    public void NoteUnknown(string name)
    {
        if (_unknown == 0) return;

        var share = ((double)_unknown / _tokens).ToString("0.####%", CultureInfo.InvariantCulture);
        Note($"{name}: {share} of the tokens ({_unknown} of {_tokens}) are unknown to {_tokenizer.Name}");
    }

    private string Digest(SourceFile file, CorpusRequest request, string name)
    {
        var digest = file.Sha256();
        // Only named corpora are downloaded; a user's own files have no digest records.
        if (request.Path is null && file.Opener is null && DigestRecord.Check(file.Path, digest))
            Note($"{name}: {Path.GetFileName(file.Path)} is unchanged since its first download; it is unverified, since no SHA-256 is published");
        return digest;
    }

    private void Note(string note)
    {
        if (!_notes.Contains(note))
            _notes.Add(note);
    }
}
