using System.Buffers;
using System.Text;
using System.Text.Unicode;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Checks bytes that come piece by piece to be UTF-8.</summary>
/// <param name="path">Named where they are not.</param>
internal sealed class Utf8Check(string path)
{
    private const int CharacterBytesMax = 4;

    private readonly byte[] _open = new byte[CharacterBytesMax];
    private int _openLength;
    private long _offset;

    /// <summary>Checks the next bytes.</summary>
    /// <exception cref="BadInputException">They are not UTF-8; the first invalid one's offset is named.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (_openLength > 0 && bytes.Length > 0)
        {
            _open[_openLength++] = bytes[0];
            bytes = bytes[1..];
            var status = Rune.DecodeFromUtf8(_open.AsSpan(0, _openLength), out _, out _);
            if (status == OperationStatus.InvalidData) throw Invalid(_offset);
            if (status == OperationStatus.Done)
            {
                _offset += _openLength;
                _openLength = 0;
            }
        }

        var whole = bytes[..^OpenAtEnd(bytes)];
        if (!Utf8.IsValid(whole)) throw Invalid(_offset + UserFile.FirstInvalid(whole));

        _offset += whole.Length;
        foreach (var b in bytes[whole.Length..])
            _open[_openLength++] = b;
    }

    /// <summary>There are no more.</summary>
    /// <exception cref="BadInputException">The last character is not whole.</exception>
    public void End()
    {
        if (_openLength > 0) throw Invalid(_offset);
    }

    private static int OpenAtEnd(ReadOnlySpan<byte> bytes)
    {
        for (var length = Math.Min(CharacterBytesMax - 1, bytes.Length); length > 0; length--)
        {
            if (Rune.DecodeFromUtf8(bytes[^length..], out _, out _) == OperationStatus.NeedMoreData) return length;
        }

        return 0;
    }

    private BadInputException Invalid(long offset) => new($"{path}: expected UTF-8 text, found invalid bytes at offset {offset}");
}
