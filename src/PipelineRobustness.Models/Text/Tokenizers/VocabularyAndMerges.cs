namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads <c>vocab.json</c> and <c>merges.txt</c>: GPT-2's tokenizer, and OPT's with its own entries.</summary>
internal static class VocabularyAndMerges
{
    /// <summary>The file name of the vocabulary.</summary>
    public const string VocabularyName = "vocab.json";

    /// <summary>The file name of the merges.</summary>
    public const string MergesName = "merges.txt";

    private const string EndOfGpt2 = "<|endoftext|>";

    // The first entries of OPT's vocabulary; the third is its begin of text.
    private static readonly string[] FirstOfOpt = ["<s>", "<pad>", "</s>"];

    /// <summary>Reads the tokenizer's parts.</summary>
    /// <exception cref="BadInputException">The files contain something invalid.</exception>
    public static TokenizerParts Read(TokenizerFiles files, SpecialTokens special, bool matchesAddedTokens)
    {
        var vocabulary = TokenVocabulary.Read(files.Json(VocabularyName));
        var merges = Merges(files, vocabulary);
        var entries = new Dictionary<string, int>(vocabulary.Ids, StringComparer.Ordinal);
        var added = special.AddAll(vocabulary).ToList();
        var isOpt = special.ModelType == "opt" || (special.AreUndefined && LooksLikeOpt(vocabulary));
        var opt = isOpt ? vocabulary.Find(FirstOfOpt[^1]) : null;
        var gpt2 = isOpt ? null : Gpt2End(vocabulary);
        if (added.Count == 0)
        {
            string[] defaults = isOpt ? FirstOfOpt[1..] : [EndOfGpt2];
            added.AddRange(defaults.Where(entry => vocabulary.Find(entry) is not null).Select(entry => new AddedToken(entry, vocabulary.Ids[entry])));
        }

        var unknown = special.Find("unk_token", vocabulary);
        return new TokenizerParts
        {
            Name = Path.GetFileName(Path.GetFullPath(files.Folder)),
            Identity = "",
            Vocabulary = vocabulary,
            Added = matchesAddedTokens ? added : [],
            PreTokenizer = PreTokenizerReader.ByteLevel(special.AddsPrefixSpace, usesGpt2Pattern: true),
            Model = new ByteLevelModel(entries, merges, new UnknownToken(files.Folder, unknown, isFused: false), ignoresMerges: false),
            Decoder = new ByteLevelDecoder(),
            BeginOfText = special.AddsBeginOfText ?? isOpt ? special.Find("bos_token", vocabulary) ?? opt ?? gpt2 : null,
            EndOfText = special.Find("eos_token", vocabulary) ?? opt ?? gpt2,
            Unknown = unknown,
        };
    }

    /// <summary>GPT-2's end of text, the default if none is specified.</summary>
    public static int? Gpt2End(TokenVocabulary vocabulary) => vocabulary.Find(EndOfGpt2);

    /// <summary>A download that failed leaves an empty file, with which nothing would ever be merged.</summary>
    private static List<Merge> Merges(TokenizerFiles files, TokenVocabulary vocabulary)
    {
        var text = files.Text(MergesName);
        if (text.Length == 0 && vocabulary.Ids.Keys.FirstOrDefault(IsMerged) is { } merged)
            throw new BadInputException($"{files.PathOf(MergesName)}: expected the merge of \"{merged}\", found an empty file");
        return MergeList.Read(text, files.PathOf(MergesName));

        bool IsMerged(string entry) => Enumerable.Range(1, Math.Max(0, entry.Length - 1))
            .Any(at => vocabulary.Find(entry[..at]) is not null && vocabulary.Find(entry[at..]) is not null);
    }

    private static bool LooksLikeOpt(TokenVocabulary vocabulary) =>
        FirstOfOpt.Index().All(first => vocabulary.Find(first.Item) == first.Index);
}
