using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// Opens the store of a run's checkpoints, in a folder that may not be there yet. It calls <paramref name="ask"/> before it writes, which
/// throws where this process may not.
/// </summary>
public delegate IStore OpenStore(string folder, RunSettings run, Action ask);

/// <summary>
/// The runs of an experiment, ready to be trained: any node that has the experiment file and sees the output folder opens a
/// run by its key, and gets what every other node gets.
/// </summary>
/// <param name="experiment">The experiment, with its texts.</param>
/// <param name="folder">Where results lie: a parent's weights are read from there, and checkpoints are kept there.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="store">Opens a run's store; null where no checkpoints are kept.</param>
public sealed class RunCatalog(PreparedExperiment experiment, ExperimentFolder folder, TimeProvider clock, OpenStore? store = null) : IRunCatalog
{
    /// <summary>What all nodes that run this experiment together must share: settings, inputs and program.</summary>
    public string Digest { get; } = RunIdentity.OfExperiment(experiment);

    /// <summary>What every run is to do.</summary>
    public IEnumerable<RunPlan> Plans => experiment.Runs.Select(RunParts.Plan);

    /// <summary>Opens a run. The weights that it starts with are looked for when they are first asked for.</summary>
    /// <exception cref="BadInputException">The experiment has no such run.</exception>
    public RunSpec Open(RunKey key)
    {
        var run = experiment.Runs.FirstOrDefault(r => r.Settings.Name == key.Name)
            ?? throw new BadInputException($"expected a run of {experiment.Settings.Title}, found {OneLine.Of(key.Name)}");
        var parent = run.Settings.From is { } from ? folder.Full(ExperimentFolder.ModelOf(from)) : null;
        var changes = new WeightChanges(experiment, run, folder);
        var ports = new RunPorts
        {
            Behaviour = RunParts.Adversary(run.Settings, changes),
            AuditKeys = run.AuditKeys,
            Clock = clock,
            Store = store?.Invoke(RunCheckpoints.Of(experiment, run, folder), run.Settings, folder.ThrowIfLost),
        };
        var weights = new DeferredWeights(run, parent);
        return new RunSpec(RunParts.Plan(run), weights, RunParts.Data(run, key.WindowsUsed), ports)
        {
            Key = key,
            Owned = ports.Store is { } opened ? [weights, changes, opened] : [weights, changes],
        };
    }
}
