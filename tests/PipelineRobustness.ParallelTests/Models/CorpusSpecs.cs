using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;

namespace PipelineRobustness.Tests.Models;

/// <summary>Corpora from bytes, the embedded text and files.</summary>
public sealed class CorpusSpecs : IDisposable
{
    private static readonly ByteTokenizer Bytes = new();

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Bytes_decode_to_their_original_text()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>>(text =>
        {
            var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));   // FsCheck also generates lone surrogates
            var ids = Bytes.Encode(whole);
            return Bytes.Decode(ids) == whole && ids.All(id => id is >= 0 and < ByteTokenizer.EndOfText);
        }));
        Assert.Equal("né 🙂", Bytes.Decode([.. Bytes.Encode("né 🙂"), ByteTokenizer.EndOfText]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bytes.Decode([257]));
    }

    [Fact]
    public void The_embedded_corpus_is_a_megabyte_of_English()
    {
        var corpus = Corpus.Embedded(Bytes);
        Assert.True(corpus.Train.Length + corpus.Validation.Length >= 1_000_000);
        Assert.InRange((double)corpus.Validation.Length, corpus.Train.Length / 10, corpus.Train.Length / 8);
        Assert.Contains(" the ", Bytes.Decode(corpus.Validation.Slice(0, 100_000).ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_of_a_text_file_is_used_for_validation()
    {
        File.WriteAllText(_path, "0123456789", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        var corpus = Corpus.FromFile(_path, Bytes, validationShare: 0.3);
        Assert.Equal(("0123456", "789"), (Bytes.Decode(corpus.Train.ToArray()), Bytes.Decode(corpus.Validation.ToArray())));
        Assert.Equal(_path, corpus.Origin);
    }

    [Fact]
    public void An_unusable_file_is_refused_in_one_line_with_its_path()
    {
        File.WriteAllBytes(_path, [.. "abcdé"u8, 0xC3, .. "xyz"u8]);
        Assert.Equal($"{_path}: expected UTF-8 text, found invalid bytes at offset 6", Refusal(_path));
        File.WriteAllText(_path, "abc");
        Assert.Equal($"{_path}: expected text for at least 2 tokens to train on and 2 to evaluate on, found 3 and 0 (data.validation-share)", Refusal(_path));
        File.WriteAllText(_path, "");
        Assert.Contains("found 0 and 0 (data.validation-share)", Refusal(_path), StringComparison.Ordinal);
        Assert.Equal($"{Path.GetTempPath()}: expected a file, found a folder", Refusal(Path.GetTempPath()));
        Assert.Equal($"{_path}.absent: expected a file, found nothing there", Refusal($"{_path}.absent"));
        Assert.Contains("expected a file, found nothing there", Refusal("no/such/folder.txt"), StringComparison.Ordinal);
    }

    private static string Refusal(string path) =>
        Assert.Throws<BadInputException>(() => Corpus.FromFile(path, Bytes)).Message;
}
