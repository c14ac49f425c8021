using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// How byte-level vocabularies write bytes: one printable character for each of the 256. Printable ones of Latin-1 stand
/// for themselves, the others for the characters from U+0100 on.
/// </summary>
internal static class ByteSymbols
{
    private const int FirstStandIn = 0x100;

    private static readonly char[] OfByte = Symbols();
    private static readonly short[] OfSymbol = Bytes();

    /// <summary>All 256, by their byte.</summary>
    public static ReadOnlySpan<char> All => OfByte;

    /// <summary>The bytes as symbols.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => string.Create(bytes.Length, bytes, (symbols, given) =>
    {
        for (var i = 0; i < given.Length; i++)
            symbols[i] = OfByte[given[i]];
    });

    /// <summary>The bytes that an entry of the vocabulary stands for; what is no symbol stands for its own UTF-8.</summary>
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
        var standIns = 0;
        for (var value = 0; value < symbols.Length; value++)
        {
            var isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xFF and not 0xAD);
            symbols[value] = (char)(isPrintable ? value : FirstStandIn + standIns++);
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
