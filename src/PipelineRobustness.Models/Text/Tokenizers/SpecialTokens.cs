using System.Text.Json;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// The special tokens of a folder, from <c>tokenizer_config.json</c>, else <c>special_tokens_map.json</c>, else the ids
/// in <c>config.json</c>; and the tokens in <c>added_tokens.json</c>.
/// </summary>
internal sealed class SpecialTokens
{
    private const string Additional = "additional_special_tokens";
    private static readonly string[] Names = ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"];

    private readonly JsonInput? _settings;
    private readonly JsonInput? _map;
    private readonly JsonInput? _model;
    private readonly JsonInput? _added;

    /// <summary>Reads the files that exist.</summary>
    public SpecialTokens(TokenizerFiles files)
    {
        _settings = files.OptionalJson("tokenizer_config.json");
        _map = files.OptionalJson("special_tokens_map.json");
        _added = files.OptionalJson("added_tokens.json");
        _model = files.Has(HuggingFaceFolder.ConfigName) ? files.JsonWithoutDigest(HuggingFaceFolder.ConfigName) : null;
    }

    /// <summary>Whether the folder has no file that defines special tokens.</summary>
    public bool AreUndefined => _settings is null && _map is null && _model is null;

    /// <summary>The model's family, or null.</summary>
    public string? ModelType => _model?.Field("model_type")?.Text();

    /// <summary>Whether texts begin with the begin of text; null if not specified.</summary>
    public bool? AddsBeginOfText => _settings?.Field("add_bos_token")?.Flag();

    /// <summary>Whether a space is put before the text.</summary>
    public bool AddsPrefixSpace => _settings?.Field("add_prefix_space")?.Flag() ?? false;

    /// <summary>The id of a token by its role (<c>eos_token</c>), or null.</summary>
    /// <exception cref="BadInputException">The token is named but not in the vocabulary.</exception>
    public int? Find(string role, TokenVocabulary vocabulary)
    {
        var input = _settings?.Field(role) ?? _map?.Field(role);
        if (input is { } named)
            return vocabulary.Find(ContentOf(named)) ?? throw named.Bad("an entry of the vocabulary");
        return _model?.Field(role + "_id") is { } id ? IdOf(id, vocabulary) : null;
    }

    /// <summary>Adds the entries of <c>added_tokens.json</c> and <c>added_tokens_decoder</c> to the vocabulary.</summary>
    /// <returns>All tokens to match in text that are in the vocabulary.</returns>
    public IReadOnlyList<AddedToken> AddAll(TokenVocabulary vocabulary)
    {
        var tokens = new Dictionary<int, AddedToken>();
        foreach (var (content, input) in _added?.Fields() ?? [])
            tokens[vocabulary.Add(content, input)] = new AddedToken(content, input.Value.GetInt32());
        foreach (var (_, input) in _settings?.Field("added_tokens_decoder")?.Fields() ?? [])
        {
            var token = AddedTokenReader.ReadFromDecoder(input, vocabulary);
            tokens[token.Id] = token;
        }
        foreach (var named in Named())
        {
            if (vocabulary.Find(ContentOf(named)) is { } id)
                tokens.TryAdd(id, new AddedToken(ContentOf(named), id));
        }
        return [.. tokens.Values];
    }

    private IEnumerable<JsonInput> Named()
    {
        foreach (var file in new[] { _settings, _map })
        {
            foreach (var name in Names)
            {
                if (file?.Field(name) is { } named)
                    yield return named;
            }
            foreach (var named in file?.Field(Additional)?.Items() ?? [])
                yield return named;
        }
    }

    /// <summary>A token is written as a string or as an object with a content.</summary>
    private static string ContentOf(JsonInput token) => token.Value.ValueKind == JsonValueKind.Object
        ? (token.Field("content") ?? throw token.Bad("a token with its content")).Text()
        : token.Text();

    /// <summary>One id, or the first of several; ids outside the vocabulary are ignored.</summary>
    private static int? IdOf(JsonInput id, TokenVocabulary vocabulary)
    {
        var first = id.Value.ValueKind == JsonValueKind.Array ? id.Items().Cast<JsonInput?>().FirstOrDefault() : id;
        return first is { } one && one.Value.ValueKind == JsonValueKind.Number && one.Value.TryGetInt32(out var number)
            && vocabulary.Has(number) ? number : null;
    }
}
