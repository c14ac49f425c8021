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

    private const string Cyrillic = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.\n";

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
        { Encoding.Unicode.GetBytes("\u201CSo it is,\u201D he said \u2014 and left.\n"), "UTF-16 text" },
        { Encoding.Unicode.GetBytes(Cyrillic), "UTF-16 text" },
        { Encoding.BigEndianUnicode.GetBytes(Cyrillic), "UTF-16 text" },
        { Encoding.UTF32.GetBytes(Cyrillic), "UTF-32 text" },
        { new UTF32Encoding(bigEndian: true, byteOrderMark: false).GetBytes("plain \U0001F600"), "UTF-32 text" },
        { Utf8("../../../blobs/0a1b2c3d\n"), "the path of a link's target" },
        { Utf8(".git/annex/objects/a/b/SHA256E-s5--ab.txt"), "a git-annex pointer" },
        { Utf8("../../../.git/annex/objects/a/b/SHA256E-s5--ab.txt"), "a git-annex pointer" },
        { Utf8("Found. Redirecting to https://cdn-lfs.huggingface.co/repos/aa"), "a server's error message" },
        { Utf8("Temporary Redirect. Redirecting to /api/resolve-cache"), "a server's error message" },
        { Utf8("HTTP/1.1 302 Found\r\nLocation: https://cdn\r\n\r\n"), "a server's error message" },
        { Utf8("HTTP/1.1 404 Not Found\r\n"), "a server's error message" },
        { Utf8("{\"message\": \"Not Found\",\n \"documentation_url\": \"https://docs.github.com/rest\"}\n"), "a server's error message" },
        { Utf8("{\n  \"message\": \"Gone\", \"status\": 410\n}"), "a server's error message" },
        { Utf8("{\n  \"error\": \"Repository not found\"\n}"), "a server's error message" },
        { Utf8("Access to model meta-llama/Llama-2-7b is restricted. You must have access to it."), "a server's error message" },
        { Utf8("Invalid credentials in Authorization header"), "a server's error message" },
        { Utf8("<!-- generated -->\n<!-- twice -->\n<!DOCTYPE html><html>"), "an HTML page" },
        { Utf8("<head><meta charset=utf-8></head>"), "an HTML page" },
        { Utf8("<TITLE>Sign in</TITLE>"), "an HTML page" },
        { Utf8("<meta http-equiv=refresh>"), "an HTML page" },
        { Utf8("<body class=x>"), "an HTML page" },
        { Utf8("%PDF-1.4\n1 0 obj"), "a PDF document" },
        { Utf8("{\\rtf1\\ansi Hello"), "an RTF document" },
        { Utf8("%!PS-Adobe-3.0\n"), "a PostScript document" },
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
    [InlineData("../blobs/ is a folder and more than a path")]
    [InlineData("HTTP/1.1 is a protocol of the web")]
    [InlineData("<header> of a list, <!-- no page -->")]
    [InlineData("{\"message\":\"a\"}\n{\"message\":\"b\",\"status\":1}")]
    [InlineData("Access to water is restricted.")]
    public void Text_that_only_resembles_something_else_is_read(string text) =>
        Assert.Equal(text, CorpusFixture.ReadWhole(_place.Write("a.txt", text)));

    [Theory]
    [InlineData("train.txt", 0)]
    [InlineData("train.csv", 0)]
    [InlineData("train.txt", 70_000)]
    public void A_zero_byte_in_text_is_refused_with_its_offset(string name, int offset)
    {
        var text = "text,b\n" + new string('x', offset);
        var path = _place.Write(name, text + "\0and more text than a zero byte");
        Assert.Equal(
            $"{path}: expected UTF-8 text, found a NUL byte at offset {text.Length}",
            CorpusFixture.Refusal(new CorpusRequest { Path = path, ValidationShare = 0.5 }));
        Assert.EndsWith($"found a NUL byte at offset {text.Length}", Assert.Throws<BadInputException>(() =>
            UserFile.ReadText(path, 100_000)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Service  unavailable:\ntry again later, or ask the administrator", "text beginning with \"Service unavailable: try again later, or\"")]
    [InlineData("404: Not Found", "a server's error message")]
    [InlineData("short", "text beginning with \"short\"")]
    public void Text_in_place_of_weights_is_quoted(string text, string what)
    {
        var path = _place.Write("model.safetensors", text);
        Assert.StartsWith(
            $"{path}: expected a safetensors file, found {what}",
            Assert.Throws<BadInputException>(() => SafeTensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

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

    [Theory]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    [InlineData("added_tokens.json")]
    [InlineData("tokenizer.json")]
    public void A_folder_in_place_of_a_tokenizer_file_is_refused(string name)
    {
        using var files = new TokenizerFixture(("vocab.json", TokenizerFixture.Vocabulary("a", "b", "ab")), ("merges.txt", "a b\n"));
        Directory.CreateDirectory(files.PathOf(name));
        Assert.Equal($"{files.PathOf(name)}: expected a file, found a folder", files.Refusal());
    }

    [Fact]
    public void An_empty_list_of_merges_is_refused()
    {
        using var files = new TokenizerFixture(("vocab.json", TokenizerFixture.Vocabulary("a", "b", "ab")), ("merges.txt", ""));
        Assert.Equal($"{files.PathOf("merges.txt")}: expected the merge of \"ab\", found an empty file", files.Refusal());
        File.WriteAllText(files.PathOf("merges.txt"), "#version: 0.2\n");
        Assert.Equal([0, 1], files.Open().Encode("ab"));
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
