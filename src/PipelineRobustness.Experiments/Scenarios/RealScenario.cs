using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>A scenario that real processes inject together; its journal is in the experiment's output folder.</summary>
public sealed class RealScenario
{
    private readonly Scenario _scenario;
    private ProcessScenario? _here;

    private RealScenario(Scenario scenario) => _scenario = scenario;

    /// <summary>Its name.</summary>
    public string Name => _scenario.Name;

    /// <summary>Its name, and the number of its events.</summary>
    public string Title => $"{Name}: {Count(_scenario.Failures.Count)}";

    /// <summary>Its events, in lines.</summary>
    public IEnumerable<string> Events => _scenario.Failures.Select(failure => $"{failure}");

    /// <summary>Reads a shipped scenario by its name, or a file.</summary>
    /// <param name="nameOrPath">Its name, or the path of a file.</param>
    /// <param name="processes">Whether real processes are to inject it.</param>
    /// <param name="source">Who asks for it, for errors.</param>
    /// <exception cref="BadInputException">There is none, something in it is wrong, or it cannot be injected into real processes.</exception>
    public static RealScenario Read(string nameOrPath, bool processes, string source)
    {
        var scenario = ScenarioFile.Read(nameOrPath, source);
        if (processes) ProcessRules.ThrowIfImpossible(scenario);
        return new RealScenario(scenario);
    }

    /// <summary>Compares it with an experiment: an event is injected into the first run that reaches its instant. Nodes may have any names.</summary>
    /// <exception cref="BadInputException">It names a stage, an iteration or a micro-batch that no run has.</exception>
    public void ThrowIfOutside(PreparedExperiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var runs = experiment.Runs.Select(run => run.Settings).ToList();
        ScenarioFit.ThrowIfNever(_scenario, new RunExtent(
            runs.Max(run => run.Pipeline.Stages), runs.Max(run => run.Training.Iterations), runs.Max(run => run.Training.MicroBatches), null,
            runs.Count == 1 ? $"run {runs[0].Name}" : "of the run that has most",
            runs.Exists(run => run.Defence.Rule.IsRefereed)));
    }

    /// <summary>How often each event was injected, according to the journal in a results folder.</summary>
    /// <exception cref="BadInputException">The journal is of another scenario.</exception>
    public IReadOnlyList<EventCount> Injected(ExperimentFolder folder)
    {
        var notes = Notes(folder);
        notes.ThrowIfOfAnother(_scenario);
        return [.. _scenario.Failures.Select((failure, index) => new EventCount($"{failure}", failure.Where, failure.MustHappen, notes.Times(index, failure)))];
    }

    /// <summary>The first event that had to happen and did not, by the same journal; null where there is none.</summary>
    public string? Unfired(ExperimentFolder folder) => EventCount.Missed(Injected(folder));

    /// <summary>This process is about to become a node that takes part in it.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="experiment">The experiment.</param>
    /// <param name="folder">The folder for results and the journal.</param>
    /// <param name="clock">The time.</param>
    /// <param name="say">Receives a line for people for each event that is injected here.</param>
    public void Begin(string node, PreparedExperiment experiment, ExperimentFolder folder, TimeProvider clock, Action<string> say)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var seed = experiment.Runs[0].Settings.Seed;
        _here = new ProcessScenario(_scenario, node, seed, new InjectionJournal(folder.Injections, clock), new LinuxProcessControl(clock), clock, say);
    }

    /// <summary>The experiment begins or resumes. On resuming, events that were already injected are not injected again.</summary>
    /// <exception cref="BadInputException">It resumes with the journal of another scenario.</exception>
    public void Open(ExperimentFolder folder, bool resumes)
    {
        if (resumes) Notes(folder).ThrowIfOfAnother(_scenario);
        else Notes(folder).Clear();
    }

    /// <summary>The node has joined.</summary>
    public void Joined() => _here?.Joined();

    /// <summary>The node now hosts the central server.</summary>
    public void BecameServer() => _here?.BecameServer();

    internal RunPorts Over(RunPorts ports) => _here?.Over(ports) ?? ports;

    private static InjectionJournal Notes(ExperimentFolder folder) => new(folder.Injections, TimeProvider.System);

    private static string Count(int events) => FormattableString.Invariant($"{events} {(events == 1 ? "event" : "events")}");
}
