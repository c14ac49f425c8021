using System.Buffers;
using System.Text;
using System.Text.Unicode;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Checks that a stream of bytes is valid UTF-8 without NUL.</summary>
/// <param name="path">The path for messages.</param>
internal sealed class Utf8Check(string path)
{
    private const int CharacterBytesMax = 4;

    private readonly byte[] _partial = new byte[CharacterBytesMax];
    private int _partialLength;
    private long _offset;

    /// <summary>Checks the next bytes.</summary>
    /// <exception cref="BadInputException">They are not; the message gives the offset of the first invalid byte.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (_partialLength > 0 && bytes.Length > 0)
        {
            _partial[_partialLength++] = bytes[0];
            bytes = bytes[1..];
            var status = Rune.DecodeFromUtf8(_partial.AsSpan(0, _partialLength), out _, out _);
            if (status == OperationStatus.InvalidData) throw Invalid(_offset);
            if (status == OperationStatus.Done)
            {
                _offset += _partialLength;
                _partialLength = 0;
            }
        }

        var whole = bytes[..^PartialAtEnd(bytes)];
        if (!Utf8.IsValid(whole)) throw Invalid(_offset + UserFile.FirstInvalid(whole));

        if (whole.IndexOf((byte)0) is >= 0 and var zero) throw UserFile.Zero(path, _offset + zero);

        _offset += whole.Length;
        foreach (var b in bytes[whole.Length..])
            _partial[_partialLength++] = b;
    }

    /// <summary>Marks the end of the stream.</summary>
    /// <exception cref="BadInputException">The last character is incomplete.</exception>
    public void End()
    {
        if (_partialLength > 0) throw Invalid(_offset);
    }

    private static int PartialAtEnd(ReadOnlySpan<byte> bytes)
    {
        for (var length = Math.Min(CharacterBytesMax - 1, bytes.Length); length > 0; length--)
        {
            if (Rune.DecodeFromUtf8(bytes[^length..], out _, out _) == OperationStatus.NeedMoreData) return length;
        }

        return 0;
    }

    private BadInputException Invalid(long offset) => new($"{path}: expected UTF-8 text, found invalid bytes at offset {offset}");
}
