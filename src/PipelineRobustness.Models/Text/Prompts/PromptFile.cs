using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Prompts;

/// <summary>
/// A file of prompts: a JSON object on each line, with the texts <c>set</c>, <c>prompt</c> and <c>expected</c> and nothing else.
/// </summary>
public sealed class PromptFile
{
    private const long BytesMax = 16 << 20;
    private const int SetLengthMax = 64;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly string _path;
    private readonly List<(int Line, Prompt Prompt)> _prompts = [];

    private PromptFile(string path) => _path = path;

    /// <summary>The prompts, in the file's order.</summary>
    public IEnumerable<Prompt> Prompts => _prompts.Select(one => one.Prompt);

    /// <summary>SHA-256 of its text in UTF-8, without byte order mark, in lower-case hex.</summary>
    public string Sha256 { get; private init; } = "";

    /// <summary>Reads a file of at most 16 MiB.</summary>
    /// <exception cref="BadInputException">It is absent or no such file; the message names the line.</exception>
    public static PromptFile Read(string path)
    {
        var text = UserFile.ReadText(path, BytesMax);
        var file = new PromptFile(path) { Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))) };
        foreach (var (index, line) in text.Split('\n').Index())
            if (!string.IsNullOrWhiteSpace(line)) file._prompts.Add((index + 1, file.Parse(index + 1, line)));
        return file._prompts.Count > 0 ? file : throw new BadInputException($"{path}: expected at least one prompt, found none");
    }

    /// <summary>The prompts as a model's tokens.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="longest">Tokens that the model takes at once.</param>
    /// <exception cref="BadInputException">One has no token, or too many, or text that the tokenizer does not know; the message names the line.</exception>
    public IReadOnlyList<EncodedPrompt> Encode(ITokenizer tokenizer, int longest) =>
        [.. _prompts.Select(one => Encode(one.Line, one.Prompt, tokenizer, longest))];

    private EncodedPrompt Encode(int line, Prompt prompt, ITokenizer tokenizer, int longest)
    {
        int[] begin = tokenizer.BeginOfText is { } first ? [first] : [];
        int[] text = [.. begin, .. Tokens(line, prompt.Text, tokenizer)], expected = Tokens(line, prompt.Expected, tokenizer);
        // The last token is only compared.
        return text.Length + expected.Length - 1 is var length && length > longest
            ? throw Bad(line, $"a prompt and its continuation of at most {longest + 1} tokens (the model's positions)", $"{length + 1}")
            : new EncodedPrompt(prompt.Set, [.. text, .. expected], text.Length);
    }

    private int[] Tokens(int line, string text, ITokenizer tokenizer)
    {
        try
        {
            return tokenizer.Encode(text) is { Length: > 0 } tokens ? tokens : throw Bad(line, $"text with tokens of {tokenizer.Name}", "none");
        }
        catch (BadInputException e) when (!e.Message.StartsWith(_path, StringComparison.Ordinal))
        {
            throw new BadInputException($"{_path}:{line}: {e.Message}", e);
        }
    }

    private Prompt Parse(int line, string json)
    {
        try
        {
            var text = JsonText.Of(json);
            using var record = JsonDocument.Parse(text.Text, Strict);
            if (text.Halves.Count > 0) throw Bad(line, "Unicode", "half a surrogate pair");
            if (record.RootElement.ValueKind != JsonValueKind.Object) throw Bad(line, "a JSON object", Kind(record.RootElement));
            var fields = record.RootElement.EnumerateObject().ToDictionary(field => field.Name, field => field.Value);
            if (fields.Keys.FirstOrDefault(name => name is not ("set" or "prompt" or "expected")) is { } foreign)
                throw Bad(line, "the fields set, prompt and expected", Shown(foreign));
            return new Prompt(Set(line, Field(line, fields, "set")), Field(line, fields, "prompt"), Field(line, fields, "expected"));
        }
        catch (JsonException e)
        {
            throw Bad(line, "a JSON object", e.BytePositionInLine is { } at ? $"an error at byte {at + 1}" : JsonErrors.Of(e), e);
        }
    }

    private string Field(int line, Dictionary<string, JsonElement> fields, string name) =>
        !fields.TryGetValue(name, out var value) ? throw Bad(line, $"a field {name}", "none")
        : value.ValueKind != JsonValueKind.String ? throw Bad(line, $"{name} to be a text", Kind(value))
        : value.GetString() is { Length: > 0 } text ? text : throw Bad(line, $"{name} to be a text", "an empty one");

    private string Set(int line, string set) => set.Length <= SetLengthMax && !set.Any(char.IsControl)
        ? set : throw Bad(line, $"set to be a name of at most {SetLengthMax} characters on one line", Shown(set));

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => value.ValueKind.ToString().ToLowerInvariant(),
    };

    private static string Shown(string text)
    {
        var line = new string([.. text.Take(SetLengthMax).Select(c => char.IsControl(c) ? ' ' : c)]);
        return line.Length < text.Length ? line + "..." : line;
    }

    private BadInputException Bad(int line, string expected, string found, Exception? inner = null) =>
        new($"{_path}:{line}: expected {expected}, found {found}", inner);
}
