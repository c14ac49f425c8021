using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// What the runs of an experiment that are done changed in their weights, as a run's attackers know it. A block is read when it is first
/// asked for.
/// </summary>
/// <param name="experiment">The experiment.</param>
/// <param name="run">The run whose attackers ask.</param>
/// <param name="folder">Where the final weights of the others lie.</param>
internal sealed class WeightChanges(PreparedExperiment experiment, PreparedRun run, ExperimentFolder folder) : IWeightChanges, IDisposable
{
    private readonly Dictionary<(string Run, int Block), IReadOnlyList<Tensor>> _known = [];
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Change(string run, int block)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue((run, block), out var change)) _known[(run, block)] = change = Read(run, block);
            return change;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var tensor in _known.Values.SelectMany(change => change)) tensor.Dispose();
            _known.Clear();
        }
    }

    private IReadOnlyList<Tensor> Read(string name, int block)
    {
        var other = experiment.Runs.First(one => one.Settings.Name == name);
        var (after, before) = (RunParts.Weights(other, ModelOf(name)), RunParts.Weights(other, other.Settings.From is { } from ? ModelOf(from) : null));
        using (after as IDisposable)
        using (before as IDisposable)
        {
            return WeightChange.Of(run.Model, Cut.Balanced(run.Model, run.Settings.Pipeline.Stages)[block], before, after);
        }
    }

    private string ModelOf(string name) => folder.Full(ExperimentFolder.ModelOf(name));
}
