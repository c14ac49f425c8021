namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Opens the tokenizer in a model's folder as published on Hugging Face.</summary>
public static class TokenizerFolder
{
    private static readonly string[] UnsupportedFiles = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.txt"];

    /// <summary>
    /// Opens <c>tokenizer.json</c> if it exists, else <c>vocab.json</c> and <c>merges.txt</c>, and applies
    /// <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c> and the ids in
    /// <c>config.json</c>. Supports byte pair encoding of bytes (GPT-2, OPT, BLOOM, LLaMA 3) and of characters (LLaMA
    /// 2).
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="matchesAddedTokens">Whether special and other added tokens are matched in text; otherwise they are plain text.</param>
    /// <returns>The tokenizer, or null if the folder has none of these files.</returns>
    /// <exception cref="BadInputException">
    /// The folder has only an unsupported tokenizer, or a file contains something unsupported or invalid.
    /// </exception>
    public static ITokenizer? Open(string folder, bool matchesAddedTokens = true)
    {
        using var files = new TokenizerFiles(folder);
        var isJson = files.Has(TokenizerJson.FileName);
        if (!isJson && !files.Has(VocabularyAndMerges.VocabularyName) && !files.Has(VocabularyAndMerges.MergesName))
        {
            return UnsupportedFiles.FirstOrDefault(files.Has) is { } name
                ? throw new BadInputException(
                    $"{files.PathOf(name)}: expected {TokenizerJson.FileName}, or {VocabularyAndMerges.VocabularyName} and "
                    + $"{VocabularyAndMerges.MergesName}, next to it, found neither; this kind of tokenizer is not supported")
                : null;
        }

        var special = new SpecialTokens(files);
        var parts = isJson ? TokenizerJson.Read(files, special, matchesAddedTokens) : VocabularyAndMerges.Read(files, special, matchesAddedTokens);
        var settings = $"{matchesAddedTokens} {parts.BeginOfText} {parts.EndOfText} {parts.Unknown} {special.ModelType}";
        return new PieceTokenizer(parts with { Identity = files.Digest(settings) });
    }
}
