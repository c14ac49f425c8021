namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads <c>vocab.json</c> and <c>merges.txt</c>: GPT-2's tokenizer, and OPT's with its own entries.</summary>
internal static class VocabularyAndMerges
{
    /// <summary>The vocabulary's file.</summary>
    public const string VocabularyName = "vocab.json";

    /// <summary>The merges' file.</summary>
    public const string MergesName = "merges.txt";

    private const string EndOfGpt2 = "<|endoftext|>";

    // OPT's vocabulary begins like this, and its texts begin with the third.
    private static readonly string[] FirstOfOpt = ["<s>", "<pad>", "</s>"];

    /// <summary>The tokenizer's parts.</summary>
    /// <exception cref="BadInputException">Something in the files is not as it has to be.</exception>
    public static TokenizerParts Read(TokenizerFiles files, SpecialTokens named, bool findsAddedTokens)
    {
        var vocabulary = TokenVocabulary.Read(files.Json(VocabularyName));
        var merges = MergeList.Read(files.Text(MergesName), files.PathOf(MergesName));
        var entries = new Dictionary<string, int>(vocabulary.Ids, StringComparer.Ordinal);
        var added = named.Recognised(vocabulary).ToList();
        var isOpt = named.ModelType == "opt" || (named.SayNothing && LooksLikeOpt(vocabulary));
        var opt = isOpt ? vocabulary.Find(FirstOfOpt[^1]) : null;
        var gpt2 = isOpt ? null : Gpt2End(vocabulary);
        if (added.Count == 0)
        {
            string[] byDefault = isOpt ? FirstOfOpt[1..] : [EndOfGpt2];
            added.AddRange(byDefault.Where(entry => vocabulary.Find(entry) is not null).Select(entry => new AddedToken(entry, vocabulary.Ids[entry])));
        }

        var unknown = named.Find("unk_token", vocabulary);
        return new TokenizerParts
        {
            Name = Path.GetFileName(Path.GetFullPath(files.Folder)),
            Identity = "",
            Vocabulary = vocabulary,
            Added = findsAddedTokens ? added : [],
            Cutter = PreTokenizerReader.ByteLevel(named.PutsBlankBefore, usesGpt2Pattern: true),
            Model = new ByteLevelModel(entries, merges, new UnknownToken(files.Folder, unknown, isFused: false), takesWholePieces: false),
            Decoder = new ByteLevelDecoder(),
            BeginOfText = named.BeginsTexts ?? isOpt ? named.Find("bos_token", vocabulary) ?? opt ?? gpt2 : null,
            EndOfText = named.Find("eos_token", vocabulary) ?? opt ?? gpt2,
            Unknown = unknown,
        };
    }

    /// <summary>GPT-2's end of text, which it also takes where nothing is said.</summary>
    public static int? Gpt2End(TokenVocabulary vocabulary) => vocabulary.Find(EndOfGpt2);

    private static bool LooksLikeOpt(TokenVocabulary vocabulary) =>
        FirstOfOpt.Index().All(first => vocabulary.Find(first.Item) == first.Index);
}
