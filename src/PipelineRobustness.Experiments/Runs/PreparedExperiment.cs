using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>An experiment that has been checked whole, so that nothing but the training itself can go wrong.</summary>
/// <param name="Settings">The experiment as read.</param>
/// <param name="Runs">Its runs, in order.</param>
public sealed record PreparedExperiment(ExperimentSettings Settings, IReadOnlyList<PreparedRun> Runs)
{
    /// <summary>Reads every model and text that the runs name and checks every combination.</summary>
    /// <exception cref="BadInputException">Anything does not fit; the message names it.</exception>
    public static PreparedExperiment Prepare(ExperimentSettings settings)
    {
        var tokenizer = new ByteTokenizer();
        var shapes = Shapes(settings, tokenizer);
        var corpora = new Dictionary<DataSettings, Corpus>();
        var runs = new List<PreparedRun>();
        foreach (var (run, model, folder) in shapes)
        {
            if (!corpora.TryGetValue(run.Data, out var corpus))
                corpora[run.Data] = corpus = Text(run.Data, settings.Folder, tokenizer);

            var prepared = new PreparedRun(run, model, run.From is null ? folder : null, corpus);
            RunLaunch.Plan(prepared).Validate();
            RunLaunch.Data(prepared, windowsUsed: 0);
            runs.Add(prepared);
        }

        return new PreparedExperiment(settings, runs);
    }

    private static List<(RunSettings Run, ModelConfig Model, string? Folder)> Shapes(ExperimentSettings settings, ITokenizer tokenizer)
    {
        var models = new ModelSource(settings.Folder);
        var shapes = new List<(RunSettings Run, ModelConfig Model, string? Folder)>();
        foreach (var run in settings.Runs)
        {
            var (model, folder) = models.Of(run);
            CombinationCheck.Check(run, model, tokenizer);
            if (run.From is not null)
            {
                var parent = shapes.Find(s => s.Run.Name == run.From);
                CombinationCheck.CheckParent(run, model, parent.Run, parent.Model);
            }

            shapes.Add((run, model, folder));
        }

        return shapes;
    }

    private static Corpus Text(DataSettings data, string folder, ITokenizer tokenizer) => data.Path is { } path
        ? Corpus.FromFile(InputPath.Resolve(path, folder), tokenizer, data.ValidationShare)
        : Corpus.Embedded(tokenizer);
}
