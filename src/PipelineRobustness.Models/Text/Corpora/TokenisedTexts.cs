using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Models.Text.Corpora.Cache;
using PipelineRobustness.Models.Text.Corpora.Documents;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>Makes a corpus's texts into tokens.</summary>
internal static class TokenisedTexts
{
    /// <summary>What decides the tokens: the files' content, how it is read, the tokenizer.</summary>
    public static byte[] Key(CorpusTexts texts, IEnumerable<string> digests, ITokenizer tokenizer) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [.. digests, texts.Recipe, tokenizer.Identity])));

    /// <summary>Writes the texts' ids, each text between the tokenizer's begin and end of text, and counts the unknown ones.</summary>
    /// <exception cref="BadInputException">A file is not what it should be, or a piece has no id.</exception>
    public static long Encode(CorpusTexts texts, ITokenizer tokenizer, ReadProgress reading, ITokenSink sink)
    {
        var (unknown, first) = (0L, true);
        // Where both are the same id (OPT), one of them is enough.
        var between = tokenizer.EndOfText == tokenizer.BeginOfText ? null : tokenizer.EndOfText;
        foreach (var piece in TextPieces.Of(texts.Read(reading), tokenizer))
        {
            if (piece.Begins)
            {
                if (between is { } end && !first)
                    sink.Append([end]);
                if (tokenizer.BeginOfText is { } begin)
                    sink.Append([begin]);
                first = false;
            }

            var ids = tokenizer.Encode(piece.Text);
            if (tokenizer.Unknown is { } id)
                unknown += ids.AsSpan().Count(id);
            sink.Append(ids);
        }

        return unknown;
    }
}
