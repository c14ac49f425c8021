using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// Finds the tokenizers that runs take: the one that <c>model.tokenizer</c> names, else the model folder's own, else the one
/// that goes with a vocabulary of that size. Each folder is read once.
/// </summary>
/// <param name="experimentFolder">Where relative paths are looked for, after the current directory.</param>
internal sealed class TokenizerSource(string experimentFolder)
{
    private readonly Dictionary<string, ITokenizer?> _known = [];

    /// <summary>A run's tokenizer.</summary>
    /// <exception cref="BadInputException">There is none, or its files are malformed.</exception>
    public RunTokenizer Of(PreparedRun run)
    {
        if (run.Settings.Model.Tokenizer is { } named)
            return Named(run, named);

        if (run.ModelFolder is { } folder && Open(folder) is { } own)
            return new RunTokenizer(own, folder);

        return ByVocabulary(run);
    }

    /// <summary>Judges the files of a run's tokenizer where no text is read; there need not be any.</summary>
    /// <exception cref="BadInputException">They are malformed.</exception>
    public void Check(PreparedRun run)
    {
        var folder = run.Settings.Model.Tokenizer is not { } named ? run.ModelFolder
            : BuiltIn(named) is null ? InputPath.Resolve(named, experimentFolder) : null;
        if (folder is not null)
            Open(folder);
    }

    private static RunTokenizer? BuiltIn(string name) => name switch
    {
        TokenizerNames.Bytes => new RunTokenizer(new ByteTokenizer()),
        TokenizerNames.Gpt2 => new RunTokenizer(BuiltInTokenizers.Gpt2),
        _ => null,
    };

    private RunTokenizer Named(PreparedRun run, string name)
    {
        if (BuiltIn(name) is { } builtIn)
            return builtIn;

        var folder = InputPath.Resolve(name, experimentFolder);
        return Open(folder) is { } tokenizer
            ? new RunTokenizer(tokenizer, folder)
            : throw Bad(run, $"bytes, gpt2, or a folder with tokenizer.json, or vocab.json and merges.txt, found none at {OneLine.Of(name)}");
    }

    /// <summary>Small presets take bytes; GPT-2's tokens are recognised by their number. No other vocabulary can be.</summary>
    private static RunTokenizer ByVocabulary(PreparedRun run)
    {
        var size = run.Model.VocabularySize;
        if (size == BuiltInTokenizers.Gpt2Size)
            return BuiltIn(TokenizerNames.Gpt2)!;

        if (run.ModelFolder is not null || size == ByteTokenizer.Size)
        {
            return BuiltIn(TokenizerNames.Bytes)! with
            {
                Note = run.ModelFolder is { } folder ? $"{OneLine.Of(folder)} has no tokenizer: bytes are taken as tokens" : null,
            };
        }

        throw Bad(run, FormattableString.Invariant(
            $"a folder with the tokenizer of {run.Settings.Model.Shown} ({size} entries), or a built-in one (bytes, gpt2), found none"));
    }

    private ITokenizer? Open(string folder)
    {
        if (!_known.TryGetValue(folder, out var tokenizer))
            _known[folder] = tokenizer = Directory.Exists(folder) ? TokenizerFolder.Open(folder) : null;

        return tokenizer;
    }

    private static BadInputException Bad(PreparedRun run, string expected) => new(
        $"{run.Settings.Effective.Find("model.tokenizer")!.Origin}: model.tokenizer: expected {expected} (run {run.Settings.Name})");

    private static class TokenizerNames
    {
        public const string Bytes = "bytes";
        public const string Gpt2 = "gpt2";
    }
}
