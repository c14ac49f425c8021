using System.Text;

namespace PipelineRobustness.Models.Text;

/// <summary>A tokenizer without files: ids 0 to 255 are UTF-8 bytes, and 256 is the end of text, which decodes to nothing.</summary>
public sealed class ByteTokenizer : ITokenizer
{
    /// <summary>Number of ids.</summary>
    public const int Size = EndOfText + 1;

    /// <summary>The end-of-text id, which no text encodes to.</summary>
    public const int EndOfText = 256;

    /// <inheritdoc />
    public string Name => "bytes";

    /// <inheritdoc />
    public string Identity => Name;

    /// <inheritdoc />
    public int VocabularySize => Size;

    /// <inheritdoc />
    public int? BeginOfText => null;

    /// <inheritdoc />
    int? ITokenizer.EndOfText => EndOfText;

    /// <inheritdoc />
    public int? Unknown => null;

    /// <inheritdoc />
    public int[] Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Array.ConvertAll(bytes, b => (int)b);
    }

    /// <inheritdoc />
    public string Decode(IReadOnlyList<int> ids)
    {
        var bytes = new List<byte>(ids.Count);
        foreach (var id in ids)
        {
            if (id is < 0 or > EndOfText)
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"not in the vocabulary of {Size}");
            if (id != EndOfText)
                bytes.Add((byte)id);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
