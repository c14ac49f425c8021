using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Pieces by their UTF-8 bytes, merged: GPT-2, OPT, BLOOM, LLaMA 3.</summary>
/// <param name="vocabulary">The entries, written in <see cref="ByteSymbols"/>.</param>
/// <param name="merges">Pairs in their order.</param>
/// <param name="unknown">What becomes of absent pieces.</param>
/// <param name="takesWholePieces">Whether a piece that is an entry is that entry, whatever the merges say.</param>
internal sealed class ByteLevelModel(
    IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<Merge> merges, UnknownToken unknown, bool takesWholePieces) : IPieceModel
{
    private readonly BpeMerges _merges = new(vocabulary, merges, ByteSymbols.All.ToArray().Select(symbol => symbol.ToString()));

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, bytes);
        var symbols = ByteSymbols.Of(bytes);
        if (takesWholePieces && vocabulary.TryGetValue(symbols, out var whole))
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
