using System.Text.Json;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// What a folder says about special tokens: <c>tokenizer_config.json</c>, else <c>special_tokens_map.json</c>, else the
/// ids in <c>config.json</c>; and <c>added_tokens.json</c>.
/// </summary>
internal sealed class SpecialTokens
{
    private const string Additional = "additional_special_tokens";
    private static readonly string[] Names = ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"];

    private readonly JsonPlace? _settings;
    private readonly JsonPlace? _map;
    private readonly JsonPlace? _model;
    private readonly JsonPlace? _added;

    /// <summary>Reads what is there.</summary>
    public SpecialTokens(TokenizerFiles files)
    {
        _settings = files.JsonIfThere("tokenizer_config.json");
        _map = files.JsonIfThere("special_tokens_map.json");
        _added = files.JsonIfThere("added_tokens.json");
        _model = files.Has(HuggingFaceFolder.ConfigName) ? files.JsonAside(HuggingFaceFolder.ConfigName) : null;
    }

    /// <summary>Whether the folder has no file that speaks of special tokens.</summary>
    public bool SayNothing => _settings is null && _map is null && _model is null;

    /// <summary>The model's family, or null.</summary>
    public string? ModelType => _model?.Field("model_type")?.Text();

    /// <summary>Whether texts begin with the begin of text; null where it is not said.</summary>
    public bool? BeginsTexts => _settings?.Field("add_bos_token")?.Flag();

    /// <summary>Whether a blank goes before the text.</summary>
    public bool PutsBlankBefore => _settings?.Field("add_prefix_space")?.Flag() ?? false;

    /// <summary>A token by its role (<c>eos_token</c>).</summary>
    /// <exception cref="BadInputException">It is named but not in the vocabulary.</exception>
    public int? Find(string role, TokenVocabulary vocabulary)
    {
        var place = _settings?.Field(role) ?? _map?.Field(role);
        if (place is { } named)
            return vocabulary.Find(ContentOf(named)) ?? throw named.Bad("an entry of the vocabulary");
        return _model?.Field(role + "_id") is { } id ? IdOf(id, vocabulary) : null;
    }

    /// <summary>Adds the entries of <c>added_tokens.json</c> and <c>added_tokens_decoder</c>.</summary>
    /// <returns>All tokens that are recognised in text, as far as they are in the vocabulary.</returns>
    public IReadOnlyList<AddedToken> Recognised(TokenVocabulary vocabulary)
    {
        var tokens = new Dictionary<int, AddedToken>();
        foreach (var (content, place) in _added?.Fields() ?? [])
            tokens[vocabulary.Add(content, place)] = new AddedToken(content, place.Value.GetInt32());
        foreach (var (_, place) in _settings?.Field("added_tokens_decoder")?.Fields() ?? [])
        {
            var token = AddedTokenReader.OfDecoder(place, vocabulary);
            tokens[token.Id] = token;
        }
        foreach (var named in All())
        {
            if (vocabulary.Find(ContentOf(named)) is { } id)
                tokens.TryAdd(id, new AddedToken(ContentOf(named), id));
        }
        return [.. tokens.Values];
    }

    private IEnumerable<JsonPlace> All()
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

    /// <summary>Tokens are written as strings or as objects with a content.</summary>
    private static string ContentOf(JsonPlace token) => token.Value.ValueKind == JsonValueKind.Object
        ? (token.Field("content") ?? throw token.Bad("a token with its content")).Text()
        : token.Text();

    /// <summary>One id, or the first of several; what is beyond the vocabulary says nothing of a tokenizer.</summary>
    private static int? IdOf(JsonPlace id, TokenVocabulary vocabulary)
    {
        var first = id.Value.ValueKind == JsonValueKind.Array ? id.Items().Cast<JsonPlace?>().FirstOrDefault() : id;
        return first is { } one && one.Value.ValueKind == JsonValueKind.Number && one.Value.TryGetInt32(out var number)
            && vocabulary.Has(number) ? number : null;
    }
}
