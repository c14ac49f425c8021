using System.Text;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Tests.Models;

/// <summary>Files that are not what their name says: one line tells what they are, and none is trained on.</summary>
public sealed class FileSignatureSpecs : IDisposable
{
    private const string Pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:abababababababababababababababababababababababababababababababab\nsize 1234567\n";

    private const string Page = "\uFEFF\n<!DOCTYPE HTML>\n<html lang=\"en\"><head><title>Sign in</title></head></html>\n";

    private readonly CorpusFixture _place = new();

    public void Dispose() => _place.Dispose();

    public static TheoryData<byte[], string> Foreign => new()
    {
        { Utf8(Pointer), "a Git LFS pointer: the file itself was not fetched" },
        { Utf8(Pointer.ReplaceLineEndings("\r\n")), "a Git LFS pointer" },
        { Utf8("version https://hawser.github.com/spec/v1\noid sha256:ab\nsize 1\n"), "a Git LFS pointer" },
        { Utf8("/annex/objects/SHA256E-s5--ab.txt\n"), "a git-annex pointer" },
        { Utf8("../../blobs/0a1b2c3d"), "the path of a link's target" },
        { Utf8(Page), "an HTML page" },
        { Utf8("<html>\n"), "an HTML page" },
        { Utf8("<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\">"), "an HTML page" },
        { Utf8("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code></Error>"), "a server's error message" },
        { Utf8("404: Not Found"), "a server's error message" },
        { Utf8("{\"error\":\"Repository not found\"}"), "a server's error message" },
        { [.. "PK\u0003\u0004"u8, 20, 0], "a zip archive" },
        { [0x1F, 0x8B, 8, 0], "a gzip file" },
        { [0xFD, .. "7zXZ\0"u8], "an xz file" },
        { [.. "BZh91AY&SY"u8, 1], "a bzip2 file" },
        { [0x28, 0xB5, 0x2F, 0xFD, 4], "a zstd file" },
        { [.. "a.txt"u8, .. new byte[252], .. "ustar\0"u8], "a tar archive" },
        { [0x80, 0x04, 0x95, 0], "a Python pickle" },
        { [.. "PAR1\u0015\u0004"u8], "a parquet file" },
        { [16, 0, 0, 0, 0, 0, 0, 0, .. "{\"a\":{}"u8], "a safetensors file" },
        { [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("text")], "UTF-16 text" },
        { [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes("text")], "UTF-16 text" },
        { Encoding.Unicode.GetBytes("plain text"), "UTF-16 text" },
        { Encoding.BigEndianUnicode.GetBytes("plain text"), "UTF-16 text" },
        { [.. Encoding.UTF32.Preamble, .. Encoding.UTF32.GetBytes("text")], "UTF-32 text" },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public void Content_that_is_not_text_is_named_by_its_kind(byte[] content, string what)
    {
        foreach (var name in (string[])["train.txt", "a.jsonl", "a.csv", "b.parquet"])
        {
            if (name == "b.parquet" && what == "a parquet file") continue;
            var path = _place.Write(name, content);
            Refuses(path, what);
            Assert.Contains($", found {what}", Assert.Throws<BadInputException>(() =>
                new CorpusReader(CorpusEnvironment.Offline).Check(new CorpusRequest { Path = path })).Message, StringComparison.Ordinal);
        }
        var settings = _place.Write("config.json", content);
        Assert.Contains($"config.json: expected UTF-8 text, found {what}", Assert.Throws<BadInputException>(() =>
            UserFile.ReadText(settings, 10_000)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1 is the first line of a pointer.\n")]
    [InlineData("<p>some</p> <html> later\n")]
    [InlineData("Not Found is what the server said, and more of it.")]
    [InlineData("PK is no archive, GGUF no model, BZh9 no bzip2, %PDF nothing, MZ neither")]
    [InlineData("{\"error\":\"of the first kind\",\"text\":\"x\"}\n{\"text\":\"y\"}")]
    [InlineData("a\0b\0c and a text with two zero bytes")]
    public void Text_that_only_resembles_something_else_is_read(string text) =>
        Assert.Equal(text, CorpusFixture.ReadWhole(_place.Write("a.txt", text)));

    [Theory]
    [InlineData("a.html")]
    [InlineData("a.HTM")]
    [InlineData("a.php")]
    [InlineData("a.html.gz")]
    public void A_page_named_as_a_page_is_read(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(Page);
        Assert.Equal(Page[1..], CorpusFixture.ReadWhole(_place.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip.Of(bytes) : bytes)));
    }

    [Fact]
    public void A_pointer_is_found_in_each_file_of_a_folder_and_inside_gzip()
    {
        _place.Write("train.txt", "enough text to train on");
        _place.Write("test.txt.gz", Pointer);
        Refuses(_place.Folder, "a Git LFS pointer");
        _place.Write("test.txt.gz", Gzip.Of(Utf8(Pointer)));
        Refuses(_place.Folder, "a Git LFS pointer");
    }

    [Fact]
    public void Tokens_cached_from_a_pointer_are_not_used()
    {
        var tokenizer = new PatternTokenizer(PatternTokenizer.Gpt2);
        var path = _place.Write("a.txt", "words of one kind and of another");
        using (new CorpusReader(_place.Cached).Read(new CorpusRequest { Path = path, ValidationShare = 0.5 }, tokenizer))
            _place.Write("a.txt", Pointer);
        Assert.Throws<BadInputException>(() => new CorpusReader(_place.Cached).Read(new CorpusRequest { Path = path, ValidationShare = 0.5 }, tokenizer));
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    public void A_pointer_in_place_of_a_tokenizer_file_is_refused(string name)
    {
        using var files = new TokenizerFixture(("vocab.json", TokenizerFixture.Vocabulary("a", "b", "ab")), ("merges.txt", "a b\n"));
        File.WriteAllText(files.PathOf(name), Pointer);
        Assert.StartsWith($"{files.PathOf(name)}: expected UTF-8 text, found a Git LFS pointer", files.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("special_tokens_map.json")]
    [InlineData("config.json")]
    public void A_link_to_nothing_in_place_of_a_tokenizer_file_is_refused(string name)
    {
        using var files = new TokenizerFixture(("vocab.json", TokenizerFixture.Vocabulary("a", "b", "ab")), ("merges.txt", "a b\n"));
        File.CreateSymbolicLink(files.PathOf(name), "../../blobs/absent");
        Assert.Equal($"{files.PathOf(name)}: expected a file, found a link to nothing (../../blobs/absent)", files.Refusal());
    }

    [Fact]
    public void A_link_to_nothing_is_named_with_its_target()
    {
        Directory.CreateDirectory(_place.Folder);
        var path = Path.Combine(_place.Folder, "a.txt");
        File.CreateSymbolicLink(path, "../.git/annex/objects/a");
        Refuses(path, "a link to nothing (../.git/annex/objects/a)");
    }

    private static void Refuses(string path, string what) =>
        Assert.Contains($", found {what}", CorpusFixture.Refusal(new CorpusRequest { Path = path, ValidationShare = 0.5 }), StringComparison.Ordinal);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
