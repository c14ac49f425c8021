namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Everything that determines a tokenizer's behavior.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The tokenizer's name.</summary>
    public required string Name { get; init; }

    /// <summary>Identifies the mapping from text to ids.</summary>
    public required string Identity { get; init; }

    /// <summary>All entries, including added tokens.</summary>
    public required TokenVocabulary Vocabulary { get; init; }

    /// <summary>The tokens to match in the text.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>Normalizes the text between added tokens.</summary>
    public Func<string, string>? Normalize { get; init; }

    /// <summary>Splits normalized text into pieces.</summary>
    public required PreTokenizer PreTokenizer { get; init; }

    /// <summary>Encodes each piece.</summary>
    public required IPieceModel Model { get; init; }

    /// <summary>Converts entries to text.</summary>
    public required TokenDecoder Decoder { get; init; }

    /// <summary>The id at the beginning of documents.</summary>
    public int? BeginOfText { get; init; }

    /// <summary>The id at the end of documents.</summary>
    public int? EndOfText { get; init; }

    /// <summary>The id for text outside the vocabulary.</summary>
    public int? Unknown { get; init; }
}
