using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Parquet;
using Parquet.Schema;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Tests.Models;

/// <summary>Documents in files of each format; an invalid file is refused in one line with its path.</summary>
public sealed class SourceSpecs : IDisposable
{
    private readonly CorpusFixture _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Json_lines_documents_are_separate_texts()
    {
        var path = _place.Write("a.jsonl", "{\"id\":1,\"text\":\"one\\ntwo \"}\n\n{\"text\":null}\r\n{\"text\":\"\\u00e9\"}");
        Assert.Equal("one\ntwo |é", CorpusFixture.ReadWhole(path));
    }

    [Fact]
    public void Abstracts_are_trimmed_and_joined_by_empty_lines()
    {
        var path = _place.Write("a.csv", "title,summary\nt,\" first, \"\"quoted\"\"\nline \"\nu,second\nv,\n");
        Assert.Equal("first, \"quoted\"\nline\n\nsecond", CorpusFixture.ReadWhole(path));
        Assert.Equal("t|u|v", CorpusFixture.ReadWhole(path, field: "title"));
    }

    [Fact]
    public async Task A_parquet_string_column_is_read_from_all_row_groups()
    {
        var path = _place.Write("a.parquet", await ParquetAsync("text", ["one", null], ["two"]));
        Assert.Equal("one|two", CorpusFixture.ReadWhole(path));
        Assert.Contains("a.parquet: expected a field abstract (data.field), found text", Refusal(path, "abstract"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_rows_of_any_encoding_are_read_as_they_are()
    {
        string[] documents = [.. Enumerable.Range(0, 5000).Select(number => number % 3 == 0 ? "again" : $"é字🙂 {number % 100}\r\n ")];
        var path = _place.Write("a.parquet", await ParquetAsync("text", documents, [null, "", "last"]));
        // The end that is split off is short, so that it begins with no part of a character.
        var (train, validation) = CorpusFixture.Read(new CorpusRequest { Path = path, ValidationShare = 0.00005 });
        Assert.Equal(string.Join('|', documents.Append("last")), train + validation);
    }

    [Fact]
    public async Task Parquet_text_that_is_not_UTF_8_is_refused_with_its_row()
    {
        var bytes = await ParquetAsync("text", ["one"], [null, "two QQQQ three"]);
        for (var at = bytes.AsSpan().IndexOf("QQQQ"u8); at >= 0; at = bytes.AsSpan().IndexOf("QQQQ"u8))
            bytes[at] = 0xFF;
        var path = _place.Write("a.parquet", bytes);
        Assert.Equal($"{path}: row 3: expected UTF-8 text, found invalid bytes at offset 4", Refusal(path));
    }

    [Fact]
    public async Task Rows_of_WikiText_are_the_lines_of_the_original_text()
    {
        var raw = " \n = A = \n \n Some text . \n";
        _place.Write("wikitext-2-raw/train.parquet", await ParquetAsync("text", ["", " = A = \n"], ["", " Some text . \n"]));
        _place.Write("wikitext-2/wiki.train.tokens", raw);
        string Whole(string name) =>
            CorpusFixture.Read(new CorpusRequest { Name = name, Folder = _place.Folder, ValidationShare = 0.5 }) is var (a, b) ? a + b : "";
        Assert.Equal(raw, Whole(CorpusNames.WikiText2Raw));
        Assert.Equal(raw, Whole(CorpusNames.WikiText2));
    }

    [Fact]
    public void A_compressed_file_is_read_as_its_content()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionMode.Compress))
            gzip.Write("{\"text\":\"compressed\"}\n"u8);
        Assert.Equal("compressed", CorpusFixture.ReadWhole(_place.Write("a.jsonl.gz", bytes.ToArray())));
        const string Damaged = ": expected a complete gzip file, found one that is damaged, truncated or in another format";
        Assert.Equal($"{_place.Folder}/b.txt.gz{Damaged}", Refusal(_place.Write("b.txt.gz", "no gzip at all")));
        Assert.Equal($"{_place.Folder}/c.jsonl.gz{Damaged}", Refusal(_place.Write("c.jsonl.gz", bytes.ToArray()[..^9])));
    }

    [Fact]
    public void Half_a_surrogate_pair_in_another_field_does_not_matter()
    {
        string[] lines =
        [
            "{\"\\ud800\":1,\"text\":\"one\",\"\\udc00x\":2}", "{\"id\":\"\\ud83d\",\"text\":\"two\"}", "{\"\\ud8000\":1,\"te\\u0078t\":\"three\"}",
        ];
        var path = _place.Write("a.jsonl", string.Join('\n', lines));
        Assert.Equal("one|two|three", CorpusFixture.ReadWhole(path));
    }

    [Fact]
    public void A_field_whose_name_is_no_Unicode_is_shown_as_in_the_file_and_never_chosen()
    {
        var path = _place.Write("a.jsonl", "{\"a\\ud83d\":1}");
        Assert.Equal($"{path}: expected a field \uE000 (data.field), found a\\ud83d", Refusal(path, "\uE000"));
        var mixed = _place.Write("b.jsonl", "{\"\uE000\":\"one\"}\n{\"\\ud83d\":\"two\"}");
        Assert.Equal($"{mixed}: line 2: expected a field \uE000 (data.field), found none of that name", Refusal(mixed, "\uE000"));
    }

    [Fact]
    public void Half_a_surrogate_pair_below_deep_nesting_does_not_matter()
    {
        var path = _place.Write("a.jsonl", $"{{\"text\":\"one\",\"x\":{new string('[', 500)}\"\\ud83d\"{new string(']', 500)}}}\n{{\"text\":\"two\"}}");
        Assert.Equal("one|two", CorpusFixture.ReadWhole(path));
    }

    [Fact]
    public void Deep_nesting_in_another_field_does_not_matter()
    {
        var path = _place.Write("a.jsonl", $"{{\"text\":\"one\",\"x\":{new string('[', 500)}{new string(']', 500)}}}\n{{\"text\":\"two\"}}");
        Assert.Equal("one|two", CorpusFixture.ReadWhole(path));
    }

    [Fact]
    public void A_byte_order_mark_and_line_breaks_of_any_kind_are_accepted()
    {
        Assert.Equal("one|two", CorpusFixture.ReadWhole(_place.Write("a.jsonl", "\uFEFF{\"text\":\"one\"}\r\n{\"text\":\"two\"}\r\n")));
        Assert.Equal("one|two", CorpusFixture.ReadWhole(_place.Write("a.csv", "\uFEFF\"text\"\r\none\r\ntwo")));
        Assert.Equal("one\r\ntwo\rthree", CorpusFixture.ReadWhole(_place.Write("a.txt", "\uFEFFone\r\ntwo\rthree")));
    }

    [Theory]
    [InlineData("a.jsonl", "{\"txt\":\"x\",\"id\":1}", ": expected a field text or abstract or summary or content (data.field), found txt, id")]
    [InlineData("a.jsonl", "{\"text\":\"x\"}\n\n{\"id\":1}", ": line 3: expected a field text (data.field), found none of that name")]
    [InlineData("a.jsonl", "{\"text\":[1]}", ": line 1: text: expected a text, found an array")]
    [InlineData("a.jsonl", "[{\"text\":1}]", ": line 1: expected a JSON object, found an array")]
    [InlineData("a.jsonl", "{\"text\":\"x\"", ": line 1: expected a JSON object, found ")]
    [InlineData("a.jsonl", "{\"text\":\"\\ud800\"}", ": line 1: text: expected Unicode, found half a surrogate pair")]
    [InlineData("a.jsonl", "", ": expected a field text or abstract or summary or content (data.field), found none")]
    [InlineData("a.csv", "title,comment\nx,y", ": expected a field text or abstract or summary or content (data.field), found title, comment")]
    [InlineData("a.csv", "", ": expected ")]
    [InlineData("a.parquet", "PAR1 no parquet PAR1", ": expected a parquet file, found ")]
    [InlineData("a.parquet", "", ": expected a parquet file, found ")]
    [InlineData("a.txt", "", ": expected text for at least 2 tokens to train on and 2 to evaluate on, found 0 and 0 (data.validation-share)")]
    public void A_file_with_content_of_another_format_is_refused(string name, string text, string message) =>
        Assert.StartsWith($"{_place.Folder}/{name}{message}", Refusal(_place.Write(name, text)), StringComparison.Ordinal);

    [Fact]
    public void Invalid_bytes_are_reported_by_offset_for_any_read_size() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll(Cases(), at =>
        {
            var (text, pieces, bad) = at;
            byte[] bytes = [.. Encoding.UTF8.GetBytes(text)];
            byte[] whole = bad ? [.. bytes, 0xE2, 0x28, .. bytes] : bytes;
            var check = new Utf8Check("x");
            var offset = -1L;
            try
            {
                foreach (var piece in whole.Chunk(pieces))
                    check.Append(piece);
                check.End();
            }
            catch (BadInputException e)
            {
                offset = long.Parse(e.Message.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
            }

            return offset == (bad ? bytes.Length : -1);
        }));

    private static Arbitrary<(string Text, int Pieces, bool Bad)> Cases() => (
        from words in Gen.Elements("a", "é", "字", "🙂").ListOf(12)
        from pieces in Gen.Choose(1, 9)
        from bad in Gen.Elements(true, false)
        select (string.Concat(words), pieces, bad)).ToArbitrary();

    private static ParquetOptions Uncompressed => new() { CompressionMethod = CompressionMethod.None };

    private static string Refusal(string path, string? field = null) => CorpusFixture.Refusal(new CorpusRequest { Path = path, Field = field });

    private static async Task<byte[]> ParquetAsync(string name, params string?[][] groups)
    {
        var (number, column) = (new DataField<int>("number"), new DataField<string>(name));
        using var bytes = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(number, column), bytes, Uncompressed))
        {
            foreach (var documents in groups)
            {
                using var group = writer.CreateRowGroup();
                await group.WriteAsync<int>(number, new int[documents.Length]);
                await group.WriteAsync(column, documents);
            }
        }

        return bytes.ToArray();
    }
}
