namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>The tokenizer of a model's folder as Hugging Face publishes it.</summary>
public static class TokenizerFolder
{
    private static readonly string[] NotCovered = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.txt"];

    /// <summary>
    /// Opens <c>tokenizer.json</c> where there is one, else <c>vocab.json</c> and <c>merges.txt</c>; and honours
    /// <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c> and the ids in <c>config.json</c>.
    /// Covered is byte pair encoding of bytes (GPT-2, OPT, BLOOM, LLaMA 3) and of characters (LLaMA 2).
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="findsAddedTokens">Whether special and other added tokens that stand in a text are found; else they are plain text.</param>
    /// <returns>The tokenizer, or null where the folder has none of these files.</returns>
    /// <exception cref="BadInputException">
    /// Only a tokenizer of another kind is there, or a file has something in it that is not covered or not as it has to be.
    /// </exception>
    public static ITokenizer? Open(string folder, bool findsAddedTokens = true)
    {
        using var files = new TokenizerFiles(folder);
        var isJson = files.Has(TokenizerJson.FileName);
        if (!isJson && !files.Has(VocabularyAndMerges.VocabularyName) && !files.Has(VocabularyAndMerges.MergesName))
        {
            return NotCovered.FirstOrDefault(files.Has) is { } name
                ? throw new BadInputException(
                    $"{files.PathOf(name)}: expected {TokenizerJson.FileName}, or {VocabularyAndMerges.VocabularyName} and "
                    + $"{VocabularyAndMerges.MergesName}, beside it, found neither; this file's kind of tokenizer is not covered")
                : null;
        }

        var named = new SpecialTokens(files);
        var parts = isJson ? TokenizerJson.Read(files, named, findsAddedTokens) : VocabularyAndMerges.Read(files, named, findsAddedTokens);
        var settings = $"{findsAddedTokens} {parts.BeginOfText} {parts.EndOfText} {parts.Unknown} {named.ModelType}";
        return new PieceTokenizer(parts with { Identity = files.Digest(settings) });
    }
}
