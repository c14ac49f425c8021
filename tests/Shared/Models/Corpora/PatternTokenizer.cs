using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using PipelineRobustness.Models.Text;

namespace PipelineRobustness.Tests.Models;

/// <summary>Gives each match of a pattern, and the text between matches, its own id: the coarsest possible tokenizer.</summary>
internal sealed class PatternTokenizer(string pattern, string prefix = "") : ITokenizer
{
    /// <summary>GPT-2's pre-tokenization.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>BLOOM's pre-tokenization.</summary>
    public const string Bloom = @" ?[^(\s|.,!?…。，、।۔،)]+";

    /// <summary>LLaMA 3's pre-tokenization.</summary>
    public const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public int Calls { get; private set; }

    public string Name => "pattern";

    public string Identity { get; init; } = "pattern " + pattern;

    public int VocabularySize => int.MaxValue;

    public int? BeginOfText { get; init; }

    public int? EndOfText { get; init; }

    public int? Unknown { get; init; }

    public int[] Encode(string text)
    {
        Calls++;
        text = prefix + text;
        var (ids, from) = (new List<int>(), 0);
        foreach (Match match in Regex.Matches(text, pattern))
        {
            if (match.Index > from)
                ids.Add(Id(text[from..match.Index]));
            ids.Add(Id(match.Value));
            from = match.Index + match.Length;
        }

        if (from < text.Length)
            ids.Add(Id(text[from..]));
        return [.. ids];
    }

    public string Decode(IReadOnlyList<int> ids) => throw new NotSupportedException();

    public static int Id(string piece) => (int)(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(piece.AsSpan())) & 0x3FFF_FFFF);
}
