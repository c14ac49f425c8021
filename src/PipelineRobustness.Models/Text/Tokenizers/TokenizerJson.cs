namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads <c>tokenizer.json</c> as far as it is byte pair encoding; all else is refused by name.</summary>
internal static class TokenizerJson
{
    /// <summary>The file's name.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>The tokenizer's parts.</summary>
    /// <exception cref="BadInputException">Something in the file is not covered or not as it has to be.</exception>
    public static TokenizerParts Read(TokenizerFiles files, SpecialTokens named, bool findsAddedTokens)
    {
        var root = files.Json(FileName);
        var model = root.Field("model") ?? throw root.Bad("a model");
        CheckModel(model);
        var vocabulary = TokenVocabulary.Read(model.Field("vocab") ?? throw model.Bad("a vocab"));
        var merges = MergeList.Read(model.Field("merges") ?? throw model.Bad("merges"), vocabulary);
        var unknown = UnknownOf(model, vocabulary);
        // The model's own entries, before those that no merge may make.
        var entries = new Dictionary<string, int>(vocabulary.Ids, StringComparer.Ordinal);
        var added = new List<AddedToken>();
        foreach (var place in root.Field("added_tokens")?.Items() ?? [])
            added.Add(AddedTokenReader.OfList(place, vocabulary));
        var kept = added.Select(token => token.Id).ToHashSet();
        added.AddRange(named.Recognised(vocabulary).Where(token => kept.Add(token.Id)));
        unknown ??= named.Find("unk_token", vocabulary);

        var cutter = PreTokenizerReader.Read(root.Field("pre_tokenizer"));
        var unknownPieces = new UnknownToken(root.File, unknown, Flag(model, "fuse_unk"));
        var takesWholePieces = Flag(model, "ignore_merges");
        IPieceModel pieces = cutter.IsByteLevel
            ? new ByteLevelModel(entries, merges, unknownPieces, takesWholePieces)
            : new CharacterModel(entries, merges, unknownPieces, Flag(model, "byte_fallback"), takesWholePieces);
        var cutsAtSeams = !cutter.IsByteLevel && !takesWholePieces;
        return new TokenizerParts
        {
            Name = Path.GetFileName(Path.GetFullPath(files.Folder)),
            Identity = "",
            Vocabulary = vocabulary,
            Added = findsAddedTokens ? added : [],
            Normalize = NormalizerReader.Read(root.Field("normalizer")),
            Cutter = cutsAtSeams ? cutter.Cutter.Then(new MergeBoundaryPreTokenizer(entries.Keys, merges)) : cutter.Cutter,
            Model = pieces,
            Decoder = TokenDecoderReader.Read(root.Field("decoder"), cutter.IsByteLevel),
            BeginOfText = named.BeginsTexts switch
            {
                true => named.Find("bos_token", vocabulary),
                false => null,
                null => BeginOf(root.Field("post_processor"), vocabulary),
            },
            EndOfText = named.Find("eos_token", vocabulary) ?? VocabularyAndMerges.Gpt2End(vocabulary),
            Unknown = unknown,
        };
    }

    private static void CheckModel(JsonPlace model)
    {
        if (model.Field("type") is { } type ? type.Text() != "BPE" : model.Field("merges") is null)
            throw (model.Field("type") ?? model).Bad("the type BPE");
        foreach (var field in (string[])["dropout", "continuing_subword_prefix", "end_of_word_suffix"])
            model.MustBeUnset(field);
    }

    /// <summary>GPT-2's file names an empty one: none.</summary>
    private static int? UnknownOf(JsonPlace model, TokenVocabulary vocabulary) => model.Field("unk_token") is { } place && place.Text().Length > 0
        ? vocabulary.Find(place.Text()) ?? throw place.Bad("an entry of the vocabulary")
        : null;

    /// <summary>The token before the text in what is put around it.</summary>
    private static int? BeginOf(JsonPlace? postProcessor, TokenVocabulary vocabulary)
    {
        if (postProcessor is not { } place) return null;
        if (place.Field("processors") is { } several)
            return several.Items().Select(one => BeginOf(one, vocabulary)).FirstOrDefault(id => id is not null);
        if (place.Field("cls") is { } first) return vocabulary.Find(first.Items().First().Text());
        var begin = place.Field("single")?.Items().Cast<JsonPlace?>().FirstOrDefault()?.Field("SpecialToken")?.Field("id");
        return begin is { } token ? vocabulary.Find(token.Text()) ?? throw token.Bad("an entry of the vocabulary") : null;
    }

    private static bool Flag(JsonPlace model, string name) => model.Field(name)?.Flag() ?? false;
}
