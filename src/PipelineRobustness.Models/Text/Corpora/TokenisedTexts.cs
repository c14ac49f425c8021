using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Models.Text.Corpora.Cache;
using PipelineRobustness.Models.Text.Corpora.Documents;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>Tokenises a corpus's texts.</summary>
internal static class TokenisedTexts
{
    /// <summary>The key of everything that determines the tokens: the files' content, the recipe and the tokenizer.</summary>
    public static byte[] Key(CorpusTexts texts, IEnumerable<string> digests, ITokenizer tokenizer) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [.. digests, texts.Recipe, tokenizer.Identity])));

    /// <summary>Writes the ids of the texts, each between begin and end of text, and returns the number of unknown tokens.</summary>
    /// <exception cref="BadInputException">A file is invalid, or a piece has no id.</exception>
    public static long Encode(CorpusTexts texts, ITokenizer tokenizer, ReadProgress progress, ITokenSink sink)
    {
        var (unknown, first) = (0L, true);
        // If both are the same id (OPT), write it once.
        var between = tokenizer.EndOfText == tokenizer.BeginOfText ? null : tokenizer.EndOfText;
        foreach (var piece in TextPieces.Of(texts.Read(progress), tokenizer))
        {
            if (piece.Begins)
            {
                if (between is { } end && !first)
                    sink.Append([end]);
                if (tokenizer.BeginOfText is { } begin)
                    sink.Append([begin]);
                first = false;
            }

            var ids = tokenizer.Encode(piece.Text, progress.Encoded);
            progress.Encoded(1);
            if (tokenizer.Unknown is { } id)
                unknown += ids.AsSpan().Count(id);
            sink.Append(ids);
        }

        return unknown;
    }
}
