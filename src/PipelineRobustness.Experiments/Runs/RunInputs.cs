using System.IO.Hashing;
using System.Runtime.InteropServices;
using PipelineRobustness.Models.Text;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>Fingerprints of a run's inputs: two runs are the same only if these agree as well as the settings.</summary>
/// <param name="Tokens">XXH128 of the training and the evaluation tokens: so of text, reading and tokenizer at once.</param>
/// <param name="Weights">SHA-256 of the checkpoint that it starts from; null where weights are drawn, or another run's.</param>
public sealed record RunInputs(string Tokens, string? Weights)
{
    private const int PieceTokens = 1 << 16;

    /// <summary>The fingerprint of a text's tokens.</summary>
    public static string Of(Corpus text)
    {
        var digest = new XxHash128();
        Append(digest, text.Train);
        Append(digest, text.Validation);
        return Convert.ToHexStringLower(digest.GetCurrentHash());
    }

    private static void Append(XxHash128 digest, TokenSequence tokens)
    {
        digest.Append(BitConverter.GetBytes(tokens.Length));
        var piece = new int[PieceTokens];
        for (var at = 0L; at < tokens.Length; at += PieceTokens)
        {
            var part = piece.AsSpan(0, (int)Math.Min(PieceTokens, tokens.Length - at));
            tokens.Read(at, part);
            digest.Append(MemoryMarshal.AsBytes(part));
        }
    }
}
