using System.Text;

namespace PipelineRobustness.Benchmarks;

/// <summary>A kind of change to a valid file.</summary>
public enum CorruptionKind
{
    /// <summary>Flip one bit.</summary>
    FlipBit,

    /// <summary>Replace a byte by a character with a meaning in JSON.</summary>
    PutCharacter,

    /// <summary>Truncate the file.</summary>
    Truncate,

    /// <summary>Remove a few bytes.</summary>
    Remove,

    /// <summary>Insert random bytes.</summary>
    InsertGarbage,

    /// <summary>Repeat a part of the file.</summary>
    Repeat,

    /// <summary>Insert up to thousands of opening brackets.</summary>
    Nest,

    /// <summary>Replace a number by an edge case.</summary>
    ReplaceNumber,

    /// <summary>Replace a number by another number in the file.</summary>
    SwapNumber,

    /// <summary>Replace a quoted text by another text in the file, or by an edge case.</summary>
    SwapText,
}

/// <summary>One change to a file's bytes. Any position and value are valid: they are taken modulo the available range.</summary>
/// <param name="Kind">The kind of change.</param>
/// <param name="At">The position, from 0.</param>
/// <param name="Value">The value, from 0.</param>
public sealed record Corruption(CorruptionKind Kind, int At, int Value)
{
    private const int NestingMax = 3000, PartMax = 60;

    private static readonly byte[] JsonCharacters = [.. "0123456789-+.eE[]{},:\" \\nu"u8];

    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "-0", "1.5", "1e3", "1e999", "2147483647", "2147483648", "4294967296", "4611686018427387904",
        "9223372036854775807", "9223372036854775808", "18446744073709551615", "99999999999999999999999", "8", "12", "24",
    ];

    private static readonly string[] Texts =
    [
        "", "..", "../a.safetensors", "a/b.safetensors", "\\u0000", "\\u001b[2J", "\\ud800", "\\n", "F16", "BF16", "F64", "I64", "BOOL",
        "dtype", "shape", "data_offsets", "__metadata__", "weight_map", new('x', 2000),
    ];

    /// <summary>The number of kinds.</summary>
    public static int Kinds { get; } = Enum.GetValues<CorruptionKind>().Length;

    /// <summary>The changed bytes.</summary>
    public byte[] Apply(byte[] good)
    {
        if (good.Length == 0) return good;
        var at = At % good.Length;
        var length = Math.Min(1 + Value % PartMax, good.Length - at);
        return Kind switch
        {
            CorruptionKind.FlipBit => Put(good, at, (byte)(good[at] ^ 1 << Value % 8)),
            CorruptionKind.PutCharacter => Put(good, at, JsonCharacters[Value % JsonCharacters.Length]),
            CorruptionKind.Truncate => good[..at],
            CorruptionKind.Remove => [.. good[..at], .. good[(at + length)..]],
            CorruptionKind.InsertGarbage => Insert(good, at, Enumerable.Range(0, length).Select(i => (byte)(Value >> i % 24))),
            CorruptionKind.Repeat => Insert(good, at, good[at..(at + length)]),
            CorruptionKind.Nest => Insert(good, at, Enumerable.Repeat((byte)(Value % 2 == 0 ? '[' : '{'), Value % NestingMax)),
            CorruptionKind.ReplaceNumber => Swap(good, Spans(good, char.IsAsciiDigit), Numbers),
            CorruptionKind.SwapNumber => Swap(good, Spans(good, char.IsAsciiDigit), []),
            _ => Swap(good, Spans(good, c => c != '"' && !char.IsControl(c)), Value % 2 == 0 ? Texts : []),
        };
    }

    private static byte[] Put(byte[] good, int at, byte value)
    {
        var bytes = good.ToArray();
        bytes[at] = value;
        return bytes;
    }

    private static byte[] Insert(byte[] good, int at, IEnumerable<byte> more) => [.. good[..at], .. more, .. good[at..]];

    /// <summary>Replaces a span by another text, or, without others, by another span.</summary>
    private byte[] Swap(byte[] good, List<Range> spans, string[] others)
    {
        if (spans.Count == 0) return good;
        var (begin, end) = (spans[At % spans.Count].Start, spans[At % spans.Count].End);
        var other = others.Length > 0 ? Encoding.ASCII.GetBytes(others[Value / 2 % others.Length]) : good[spans[Value / 2 % spans.Count]];
        return [.. good[..begin], .. other, .. good[end..]];
    }

    private static List<Range> Spans(byte[] bytes, Func<char, bool> belongs)
    {
        var spans = new List<Range>();
        for (var begin = 0; begin < bytes.Length; begin++)
        {
            var end = begin;
            while (end < bytes.Length && belongs((char)bytes[end]))
                end++;
            if (end > begin)
                spans.Add(begin..end);
            begin = end;
        }
        return spans;
    }
}
