using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Merges the UTF-8 bytes of a piece: GPT-2, OPT, BLOOM, LLaMA 3.</summary>
internal sealed class ByteLevelModel : IPieceModel
{
    private readonly IReadOnlyDictionary<string, int> _vocabulary;
    private readonly UnknownToken _unknown;
    private readonly bool _ignoresMerges;
    private readonly BpeMerges _merges;
    private readonly int[] _idOfByte;

    /// <summary>Prepares the merges.</summary>
    /// <param name="vocabulary">The entries, written in <see cref="ByteSymbols"/>.</param>
    /// <param name="merges">The merges in order.</param>
    /// <param name="unknown">Handles text outside the vocabulary.</param>
    /// <param name="ignoresMerges">Whether a piece that is an entry is encoded as that entry, whatever the merges give.</param>
    public ByteLevelModel(
        IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<Merge> merges, UnknownToken unknown, bool ignoresMerges)
    {
        (_vocabulary, _unknown, _ignoresMerges) = (vocabulary, unknown, ignoresMerges);
        string[] symbols = [.. ByteSymbols.All.ToArray().Select(symbol => symbol.ToString())];
        _merges = new BpeMerges(vocabulary, merges, symbols);
        _idOfByte = Array.ConvertAll(symbols, _merges.IdOf);
    }

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<char> piece, List<int> ids, Action<double>? progress)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, bytes);
        if (_ignoresMerges && _vocabulary.TryGetValue(ByteSymbols.Of(bytes), out var whole))
        {
            ids.Add(whole);
            return;
        }
        var followsUnknown = false;
        foreach (var id in _merges.Encode(Array.ConvertAll(bytes, value => _idOfByte[value]), progress))
        {
            var isUnknown = _merges.IsAbsent(id, out var entry);
            if (isUnknown)
                _unknown.Append(ByteSymbols.ToBytes(entry), piece, ids, followsUnknown);
            else
                ids.Add(id);
            followsUnknown = isUnknown;
        }
    }
}
