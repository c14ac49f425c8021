using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>Finds the texts that runs name; each is read once for each tokenizer.</summary>
/// <param name="experimentFolder">Where relative paths are looked for, after the current directory.</param>
/// <param name="surroundings">Caches, network and progress.</param>
/// <param name="isRead">Whether texts are read, or only looked for.</param>
internal sealed class ExperimentText(string experimentFolder, CorpusEnvironment surroundings, bool isRead)
{
    private readonly Dictionary<(CorpusRequest Request, string? Tokenizer), Corpus?> _known = [];

    /// <summary>Where relative paths are looked for, after the current directory.</summary>
    public string Folder => experimentFolder;

    /// <summary>Whether texts are read, so that a tokenizer is needed.</summary>
    public bool AreRead => isRead;

    /// <summary>A run's text; null where it is only looked for, which takes no tokenizer.</summary>
    /// <exception cref="BadInputException">It is absent, or not as it should be.</exception>
    public Corpus? Of(RunSettings run, ITokenizer? tokenizer)
    {
        var key = (Request: Request(run.Data, run.Seed), tokenizer?.Identity);
        if (!_known.TryGetValue(key, out var corpus))
            _known[key] = corpus = Read(key.Request, tokenizer);

        return corpus;
    }

    private Corpus? Read(CorpusRequest request, ITokenizer? tokenizer)
    {
        var reader = new CorpusReader(surroundings);
        if (tokenizer is not null)
            return reader.Read(request, tokenizer);

        reader.Check(request);
        return null;
    }

    private CorpusRequest Request(DataSettings data, ulong seed) => new()
    {
        Name = data.Corpus,
        Path = Resolved(data.Path),
        Folder = Resolved(data.Folder),
        Field = data.Field,
        ValidationShare = data.ValidationShare,
        Detokenise = data.Detokenise,
        EvaluationCorpus = data.EvaluationCorpus,
        // No other corpus depends on the seed: runs of many seeds share one text.
        Questions = CorpusNames.Questions == data.Corpus || CorpusNames.Questions == data.EvaluationCorpus ? data.Questions.Of(seed) : new(),
    };

    private string? Resolved(string? path) => path is null ? null : InputPath.Resolve(path, experimentFolder);
}
