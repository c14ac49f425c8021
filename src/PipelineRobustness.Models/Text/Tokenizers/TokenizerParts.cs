namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>All that decides what a tokenizer does.</summary>
internal sealed record TokenizerParts
{
    /// <summary>What to call it.</summary>
    public required string Name { get; init; }

    /// <summary>Differs wherever any text could get other ids.</summary>
    public required string Identity { get; init; }

    /// <summary>All entries, added ones among them.</summary>
    public required TokenVocabulary Vocabulary { get; init; }

    /// <summary>What is recognised in the text.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>What is done to the text between added tokens.</summary>
    public Func<string, string>? Normalize { get; init; }

    /// <summary>Cuts normalized text.</summary>
    public required PreTokenizer Cutter { get; init; }

    /// <summary>Merges each piece.</summary>
    public required IPieceModel Model { get; init; }

    /// <summary>Entries to text.</summary>
    public required TokenDecoder Decoder { get; init; }

    /// <summary>The id that documents begin with.</summary>
    public int? BeginOfText { get; init; }

    /// <summary>The id that ends documents.</summary>
    public int? EndOfText { get; init; }

    /// <summary>The id that stands for what is not in the vocabulary.</summary>
    public int? Unknown { get; init; }
}
