using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Merges the UTF-8 bytes of a piece: GPT-2, OPT, BLOOM, LLaMA 3.</summary>
/// <param name="vocabulary">The entries, written in <see cref="ByteSymbols"/>.</param>
/// <param name="merges">The merges in order.</param>
/// <param name="unknown">Handles text outside the vocabulary.</param>
/// <param name="ignoresMerges">Whether a piece that is an entry is encoded as that entry, whatever the merges give.</param>
internal sealed class ByteLevelModel(
    IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<Merge> merges, UnknownToken unknown, bool ignoresMerges) : IPieceModel
{
    private readonly BpeMerges _merges = new(vocabulary, merges, ByteSymbols.All.ToArray().Select(symbol => symbol.ToString()));

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, bytes);
        var symbols = ByteSymbols.Of(bytes);
        if (ignoresMerges && vocabulary.TryGetValue(symbols, out var whole))
        {
            ids.Add(whole);
            return;
        }
        var followsUnknown = false;
        foreach (var id in _merges.Encode(symbols))
        {
            var isUnknown = _merges.IsAbsent(id, out var entry);
            if (isUnknown)
                unknown.Append(ByteSymbols.ToBytes(entry), piece, ids, followsUnknown);
            else
                ids.Add(id);
            followsUnknown = isUnknown;
        }
    }
}
