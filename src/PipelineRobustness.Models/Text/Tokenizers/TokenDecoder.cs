using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Converts entries back to text.</summary>
internal abstract class TokenDecoder
{
    /// <summary>The text of entries; added entries represent themselves.</summary>
    public abstract string Decode(IEnumerable<(string Entry, bool IsAdded)> entries);
}

/// <summary>Decodes entries written in <see cref="ByteSymbols"/>; each maximal invalid UTF-8 sequence becomes U+FFFD.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    /// <inheritdoc />
    public override string Decode(IEnumerable<(string Entry, bool IsAdded)> entries)
    {
        using var bytes = new MemoryStream();
        foreach (var (entry, isAdded) in entries)
            bytes.Write(isAdded ? Encoding.UTF8.GetBytes(entry) : ByteSymbols.ToBytes(entry));
        return Encoding.UTF8.GetString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }
}

/// <summary>
/// Decodes entries with a mark for each space, and entries that represent bytes; each byte of an invalid UTF-8 run
/// becomes U+FFFD.
/// </summary>
/// <param name="mark">The character written for a space.</param>
/// <param name="dropsFirstSpace">Whether a leading space is dropped because encoding inserted it.</param>
internal sealed class MetaspaceDecoder(char mark, bool dropsFirstSpace) : TokenDecoder
{
    /// <inheritdoc />
    public override string Decode(IEnumerable<(string Entry, bool IsAdded)> entries)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        foreach (var (entry, isAdded) in entries)
        {
            if (!isAdded && ByteEntries.TryByte(entry, out var value))
            {
                bytes.Add(value);
                continue;
            }
            Flush(text, bytes);
            text.Append(entry.Replace(mark, ' '));
        }
        Flush(text, bytes);
        return dropsFirstSpace && text.Length > 0 && text[0] == ' ' ? text.ToString(1, text.Length - 1) : text.ToString();
    }

    private static void Flush(StringBuilder text, List<byte> bytes)
    {
        byte[] run = [.. bytes];
        bytes.Clear();
        if (System.Text.Unicode.Utf8.IsValid(run))
            text.Append(Encoding.UTF8.GetString(run));
        else
            text.Append('\uFFFD', run.Length);
    }
}
