using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Entries back to text.</summary>
internal abstract class TokenDecoder
{
    /// <summary>The text of entries; those that were added stand for themselves.</summary>
    public abstract string Decode(IEnumerable<(string Entry, bool IsAdded)> entries);
}

/// <summary>Entries in <see cref="ByteSymbols"/>; bytes that are not UTF-8 become U+FFFD, one for each longest part of a character.</summary>
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
/// Entries with a mark for each blank, and entries that stand for bytes; where bytes in a row are not UTF-8 each of them
/// becomes U+FFFD.
/// </summary>
/// <param name="mark">What blanks are written as.</param>
/// <param name="dropsFirstBlank">Whether a blank that the text begins with is left out: encoding put it there.</param>
internal sealed class MetaspaceDecoder(char mark, bool dropsFirstBlank) : TokenDecoder
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
        return dropsFirstBlank && text.Length > 0 && text[0] == ' ' ? text.ToString(1, text.Length - 1) : text.ToString();
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
