using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads a <c>tokenizer.json</c> with byte pair encoding; anything else is rejected by name.</summary>
internal static class TokenizerJson
{
    /// <summary>The file's name.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>Reads the tokenizer's parts.</summary>
    /// <exception cref="BadInputException">The file contains something unsupported or invalid.</exception>
    public static TokenizerParts Read(TokenizerFiles files, SpecialTokens special, bool matchesAddedTokens)
    {
        var root = files.Json(FileName);
        var model = root.Field("model") ?? throw root.Bad("a model");
        CheckModel(model);
        var vocabulary = TokenVocabulary.Read(model.Field("vocab") ?? throw model.Bad("a vocab"));
        var merges = MergeList.Read(model.Field("merges") ?? throw model.Bad("merges"), vocabulary);
        var unknown = UnknownOf(model, vocabulary);
        // Only the model's own entries: no merge may produce an added token.
        var entries = new Dictionary<string, int>(vocabulary.Ids, StringComparer.Ordinal);
        var added = new List<AddedToken>();
        foreach (var input in root.Field("added_tokens")?.Items() ?? [])
            added.Add(AddedTokenReader.ReadFromList(input, vocabulary));
        var kept = added.Select(token => token.Id).ToHashSet();
        added.AddRange(special.AddAll(vocabulary).Where(token => kept.Add(token.Id)));
        unknown ??= special.Find("unk_token", vocabulary);

        var preTokenizer = PreTokenizerReader.Read(root.Field("pre_tokenizer"));
        var unknownToken = new UnknownToken(root.File, unknown, model.Flag("fuse_unk", false));
        var ignoresMerges = model.Flag("ignore_merges", false);
        IPieceModel pieces = preTokenizer.IsByteLevel
            ? new ByteLevelModel(entries, merges, unknownToken, ignoresMerges)
            : new CharacterModel(entries, merges, unknownToken, model.Flag("byte_fallback", false), ignoresMerges);
        var splitsAtBoundaries = !preTokenizer.IsByteLevel && !ignoresMerges;
        return new TokenizerParts
        {
            Name = Path.GetFileName(Path.GetFullPath(files.Folder)),
            Identity = "",
            Vocabulary = vocabulary,
            Added = matchesAddedTokens ? added : [],
            Normalize = NormalizerReader.Read(root.Field("normalizer")),
            PreTokenizer = splitsAtBoundaries ? preTokenizer.PreTokenizer.Then(new MergeBoundaryPreTokenizer(entries.Keys, merges)) : preTokenizer.PreTokenizer,
            Model = pieces,
            Decoder = TokenDecoderReader.Read(root.Field("decoder"), preTokenizer.IsByteLevel),
            BeginOfText = special.AddsBeginOfText switch
            {
                true => special.Find("bos_token", vocabulary),
                false => null,
                null => BeginOf(root.Field("post_processor"), vocabulary),
            },
            EndOfText = special.Find("eos_token", vocabulary) ?? VocabularyAndMerges.Gpt2End(vocabulary),
            Unknown = unknown,
        };
    }

    private static void CheckModel(JsonInput model)
    {
        if (model.Field("type") is { } type ? type.Text() != "BPE" : model.Field("merges") is null)
            throw (model.Field("type") ?? model).Bad("the type BPE");
        foreach (var field in (string[])["dropout", "continuing_subword_prefix", "end_of_word_suffix"])
            model.MustBeUnset(field);
    }

    /// <summary>GPT-2's file has an empty unknown token, which means none.</summary>
    private static int? UnknownOf(JsonInput model, TokenVocabulary vocabulary) => model.Field("unk_token") is { } input && input.Text().Length > 0
        ? vocabulary.Find(input.Text()) ?? throw input.Bad("an entry of the vocabulary")
        : null;

    /// <summary>The special token that the post-processor puts before the text.</summary>
    private static int? BeginOf(JsonInput? postProcessor, TokenVocabulary vocabulary)
    {
        if (postProcessor is not { } input) return null;
        if (input.Field("processors") is { } processors)
            return processors.Items().Select(one => BeginOf(one, vocabulary)).FirstOrDefault(id => id is not null);
        if (input.Field("cls") is { } first) return vocabulary.Find(first.Items().First().Text());
        var begin = input.Field("single")?.Items().Cast<JsonInput?>().FirstOrDefault()?.Field("SpecialToken")?.Field("id");
        return begin is { } token ? vocabulary.Find(token.Text()) ?? throw token.Bad("an entry of the vocabulary") : null;
    }
}
