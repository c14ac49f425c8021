using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Models;

/// <summary>Half a surrogate pair in an escape: valid JSON, as Python writes it, that is no Unicode.</summary>
public sealed class HalfSurrogateSpecs : IDisposable
{
    private const string Gpt2 = """
        "model_type":"gpt2","vocab_size":29,"n_layer":2,"n_head":2,"n_positions":16,"n_embd":16
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("halves-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("\"_name_or_path\":\"a\\ud83d\"")]
    [InlineData("\"a\\uDE00\":[{\"b\":\"\\ud83d\\ud83d\\ude00\"}]")]
    [InlineData("\"a\\ud83d\":1,\"a\\ud83e\":2")]
    [InlineData("\"attention_bias\\ud800\":\"\\\\\\udfff\"")]
    public void A_field_that_is_not_asked_for_does_not_matter(string field)
    {
        var config = ModelConfig.Read(Write("config.json", $"{{{Gpt2},\n{field}}}"));
        Assert.Equal(29, ModelConfig.FromJson(config.ToJson(), "saved").VocabularySize);
        Assert.True(Encoding.UTF8.GetByteCount(config.ToJson().ToJsonString()) > 0);
        Assert.Empty(config.DropoutsNotApplied);
    }

    [Fact]
    public void A_field_that_is_asked_for_is_refused_with_file_line_and_name()
    {
        var path = Write("config.json", $"{{{Gpt2},\n\n\"activation_function\": \"gelu\\ud83d\"}}");
        var message = Assert.Throws<BadInputException>(() => ModelConfig.Read(path)).Message;
        Assert.Equal($"{path}:3: activation_function: expected Unicode, found half a surrogate pair", message);
    }

    [Theory]
    [InlineData("\"x\":NaN")]
    [InlineData("\"x\":[null,-Infinity,{\"NaN\":Infinity}],\"a\\ud83d\":NaN")]
    [InlineData("\"attn_pdrop\":NaN,\"x\":\"NaN, \\\"Infinity\"")]
    public void A_number_that_only_Python_writes_does_not_matter_where_it_is_not_asked_for(string field)
    {
        var config = ModelConfig.Read(Write("config.json", $"{{{Gpt2},\n{field}}}"));
        Assert.Equal(29, ModelConfig.FromJson(config.ToJson(), "saved").VocabularySize);
    }

    [Theory]
    [InlineData("\"layer_norm_epsilon\": NaN", ":4: layer_norm_epsilon: expected a value of JSON, found NaN")]
    [InlineData("\"a\\ud83d\":null,\"activation_function\":-Infinity", ":4: activation_function: expected a value of JSON, found -Infinity")]
    [InlineData("\"x\":NaNs", ": expected JSON, found an error in line 4, byte 5")]
    public void A_number_that_only_Python_writes_is_refused_where_it_is_asked_for(string field, string message)
    {
        var path = Write("config.json", $"{{\"null\":null,{Gpt2},\n\n{field}}}".Replace(",\"vocab", ",\n\"vocab", StringComparison.Ordinal));
        Assert.Equal(path + message, Assert.Throws<BadInputException>(() => ModelConfig.Read(path)).Message);
    }

    [Fact]
    public void An_empty_file_is_called_so()
    {
        Assert.EndsWith(": expected JSON, found an empty file", Assert.Throws<BadInputException>(() =>
            ModelConfig.Read(Write("config.json", ""))).Message, StringComparison.Ordinal);
        Assert.EndsWith(": expected a safetensors file, found an empty file", Assert.Throws<BadInputException>(() =>
            SafeTensorsFile.Open(Write("model.safetensors", ""))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"a\\ud83d\":1", "a\\ud83d", "Unicode, found half a surrogate pair")]
    [InlineData("\"a\":[{\"b\\udc00\":1}]", "a[0].b\\udc00", "Unicode, found half a surrogate pair")]
    [InlineData("\"a\":{\"b\":\"\\ud83dx\"}", "a.b", "Unicode, found half a surrogate pair")]
    [InlineData("\"a\\ud83d\":[NaN]", "a\\ud83d", "Unicode, found half a surrogate pair")]
    [InlineData("\"a\":[1,-Infinity]", "a[1]", "a value of JSON, found -Infinity")]
    public void A_field_that_cannot_be_saved_again_is_left_out_and_named(string field, string path, string trouble)
    {
        var file = Write("config.json", $"{{{Gpt2},\n\"a.b\":\"\\ue000\",\n{field}}}");
        var saved = ModelConfig.Read(file, out var leftOut).ToJson();
        Assert.Equal([$"{file}:3: {path}: expected {trouble}"], leftOut);
        Assert.Equal("\uE000", (string)saved["a.b"]!);
        Assert.DoesNotContain(saved, kept => kept.Key[0] == 'a' && kept.Key is not ("a.b" or "attn_pdrop" or "activation_function"));
    }

    [Theory]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":2,\"x\\ud83d\":1}", ": rope_scaling.x\\ud83d: not a field of type linear")]
    [InlineData("\"quantization_config\":{\"\\ud83d\":\"\\udc00\"}", ": quantization_config: expected nothing, found {\"\\ud83d\":\"\\udc00\"}")]
    public void Messages_show_half_a_pair_as_the_escape_that_the_file_has(string field, string message)
    {
        var path = Write("config.json", $$"""
            {"model_type":"llama","vocab_size":29,"num_hidden_layers":2,"num_attention_heads":2,"hidden_size":16,"intermediate_size":32,{{field}}}
            """);
        Assert.Equal(path + message, Assert.Throws<BadInputException>(() => ModelConfig.Read(path)).Message);
    }

    [Fact]
    public void A_stand_in_for_half_a_pair_is_nowhere_else_in_the_text()
    {
        var everyPrivate = string.Concat(Enumerable.Range(0xE000, 0xF900 - 0xE000).Select(unit => (char)unit));
        var (name, field) = Assert.Single(JsonInput.Parse($"{{\"{everyPrivate}\":\"\\ud83d\"}}", "here").Fields());
        Assert.Equal(everyPrivate, name);
        Assert.Throws<BadInputException>(() => field.Text());
    }

    [Fact]
    public void Whole_pairs_and_escaped_backslashes_are_left_alone()
    {
        const string Text = """{"a":"\ud83d\ude00 \\ud83d \u0041","b":"\\\\"}""";
        var json = JsonText.Of(Text);
        Assert.Equal(Text, json.Text);
        Assert.Empty(json.Halves);
    }

    [Fact]
    public void Places_of_half_pairs_are_paths_and_lines()
    {
        var json = JsonText.Of("{\"a\":[1,\n{\"b\":\"\\ud800\"},[\"\\udc00\"]],\n\"c\\udbff\":{},\"d\":\"x\"}");
        Assert.Equal(["a[1].b 2 a", "a[2][0] 2 a", "c\\udbff 3 c\uE002"], json.Halves.Select(half => $"{half.Path} {half.Line} {half.Field}"));
        Assert.Equal("{\"a\":[1,\n{\"b\":\"\\ue000\"},[\"\\ue001\"]],\n\"c\\ue002\":{},\"d\":\"x\"}", json.Text);
    }

    [Fact]
    public void Text_that_is_no_json_is_left_to_the_parser() =>
        Assert.StartsWith(
            "{\"a\":\"\\ue000", JsonText.Of("{\"a\":\"\\ud83d").Text, StringComparison.Ordinal);

    [Fact]
    public void Names_that_differ_in_half_a_pair_stay_different_and_equal_no_text()
    {
        var names = JsonInput.Parse("""{"vocab":{"\ud83d":0,"\ud83e":1,"\ue000":2}}""", "here").Field("vocab")!.Value.Fields()
            .Select(field => field.Name);
        Assert.Equal(["\uD83D", "\uD83E", "\uE000"], names);
    }

    [Theory]
    [InlineData("{\"\\ud83d\":{\"x\":[\"\\ud83d\"]},\"weight_map\":{\"a\":\"b.safetensors\"}}", null)]
    [InlineData("{\"metadata\":{},\n\"weight_map\":{\"a\\ud83d\":\"b.safetensors\"}}", ":2: a\\ud83d: expected Unicode, found half a surrogate pair")]
    [InlineData("{\n\"weight_map\":{\"a\":\n\"\\ud83d.safetensors\"}}",
        ":3: weight_map: a: \\ud83d.safetensors: expected Unicode, found half a surrogate pair")]
    public void An_index_is_read_or_refused_with_line_and_name(string json, string? message)
    {
        var path = Write("model.safetensors.index.json", json);
        if (message is null)
            Assert.Equal("b.safetensors", SafeTensorsIndex.Read(path)["a"]);
        else
            Assert.Equal(path + message, Assert.Throws<BadInputException>(() => SafeTensorsIndex.Read(path)).Message);
    }

    [Fact]
    public void A_safetensors_header_is_refused_with_line_and_name()
    {
        var header = Encoding.UTF8.GetBytes("{\"__metadata__\":{\"\\ud83d\":\"\\ud83d\"},\"t\\ud83d\":{}}");
        var message = Assert.Throws<BadInputException>(() => SafeTensorsHeader.Read(header, 0, "here")).Message;
        Assert.Equal("here: header:1: t\\ud83d: expected Unicode, found half a surrogate pair", message);
    }

    /// <summary>Escapes all but ASCII, as Python does. FsCheck's texts contain half pairs.</summary>
    [Fact]
    public void Any_text_that_Python_writes_comes_back_or_is_refused() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((name, value) => ComesBack(name.Get, value.Get)).QuickCheckThrowOnFailure();

    private static void ComesBack(string name, string value)
    {
        var json = $"{{\"f{Escaped(name)}\":\n[\"{Escaped(value)}\"]}}";
        var (read, field) = Assert.Single(JsonInput.Parse(json, "here").Fields());
        Assert.Equal("f" + name, read);
        var item = Assert.Single(field.Items());
        if (IsUnicode(value))
            Assert.Equal(value, item.Text());
        else
            Assert.StartsWith("here:2: f", Assert.Throws<BadInputException>(() => item.Text()).Message, StringComparison.Ordinal);
    }

    private static string Escaped(string text) => string.Concat(text.Select(unit => $"\\u{(int)unit:x4}"));

    private static bool IsUnicode(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    [Theory]
    [InlineData("ByteLevel", "a", "\\ud83d", "", "")]
    [InlineData("Metaspace", "\\ud83d", "\\ude00", "", "")]
    [InlineData("ByteLevel", "a", "b", "\\ud83d b", ":3: model.merges[1]")]
    [InlineData("Metaspace", "a", "b", "a \\ude00", ":3: model.merges[1]")]
    public void A_tokenizer_may_hold_half_a_pair_in_its_vocabulary_but_not_in_a_merge(
        string kind, string one, string other, string merge, string place)
    {
        using var files = new TokenizerFixture(("tokenizer.json", $$"""
            {"version":"\ud83d","pre_tokenizer":{"type":"{{kind}}","add_prefix_space":false,"replacement":"▁","prepend_scheme":"never"},"model":{"type":"BPE",
            "vocab":{"x":0,"y":1,"xy":2,"{{one}}":3,"{{other}}":4},
            "merges":["x y"{{(merge.Length > 0 ? $",\"{merge}\"" : "")}}]},"decoder":{"type":"{{kind}}"} }
            """));
        if (place.Length > 0)
        {
            Assert.Equal($"{files.PathOf("tokenizer.json")}{place}: expected Unicode, found half a surrogate pair", files.Refusal());
            return;
        }

        var tokenizer = files.Open();
        Assert.Equal([2, 1], tokenizer.Encode("xyy"));
        Assert.Equal("xyy\uFFFD", tokenizer.Decode([2, 1, 4]));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
