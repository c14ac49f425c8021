using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// The characters that represent bytes in byte-level vocabularies: one printable character for each of the 256.
/// Printable Latin-1 characters represent themselves; the others are mapped to the characters from U+0100 on.
/// </summary>
internal static class ByteSymbols
{
    private const int FirstSubstitute = 0x100;

    private static readonly char[] OfByte = Symbols();
    private static readonly short[] OfSymbol = Bytes();

    /// <summary>The symbols, indexed by byte.</summary>
    public static ReadOnlySpan<char> All => OfByte;

    /// <summary>Converts bytes to symbols.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => string.Create(bytes.Length, bytes, (symbols, given) =>
    {
        for (var i = 0; i < given.Length; i++)
            symbols[i] = OfByte[given[i]];
    });

    /// <summary>The bytes that a vocabulary entry represents; a character that is not a symbol represents its own UTF-8.</summary>
    public static byte[] ToBytes(string entry)
    {
        var bytes = new byte[entry.Length];
        for (var i = 0; i < entry.Length; i++)
        {
            if (entry[i] >= OfSymbol.Length || OfSymbol[entry[i]] < 0) return Encoding.UTF8.GetBytes(entry);
            bytes[i] = (byte)OfSymbol[entry[i]];
        }
        return bytes;
    }

    private static char[] Symbols()
    {
        var symbols = new char[256];
        var substitutes = 0;
        for (var value = 0; value < symbols.Length; value++)
        {
            var isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xFF and not 0xAD);
            symbols[value] = (char)(isPrintable ? value : FirstSubstitute + substitutes++);
        }
        return symbols;
    }

    private static short[] Bytes()
    {
        var bytes = new short[OfByte.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (short value = 0; value < OfByte.Length; value++)
            bytes[OfByte[value]] = value;
        return bytes;
    }
}
