using PipelineRobustness.Adversity;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>How an experiment is simulated.</summary>
/// <param name="Scenario">What goes wrong.</param>
/// <param name="Network">What lies between machines.</param>
/// <param name="Nodes">How many machines; null for one a stage.</param>
/// <param name="FlopsPerSecond">What a machine computes in a second.</param>
public sealed record ScenarioOptions(Scenario Scenario, NetworkPlan Network, int? Nodes, double FlopsPerSecond)
{
    /// <summary>By names.</summary>
    /// <param name="scenario">A shipped scenario's name, or a file.</param>
    /// <param name="network">A network's name.</param>
    /// <param name="nodes">How many machines; null for one a stage.</param>
    /// <param name="flopsPerSecond">What a machine computes in a second.</param>
    /// <exception cref="BadInputException">There is none of that name, or the file is wrong.</exception>
    public static ScenarioOptions Of(string scenario, string network, int? nodes, double flopsPerSecond) =>
        new(ScenarioFile.Read(scenario), Networks.Of(network), nodes, flopsPerSecond);
}

/// <summary>What a run under a scenario came to, beside the same without. Times are virtual.</summary>
/// <param name="Title">What was played.</param>
/// <param name="Verdict">Whether it ended with the undisturbed run's bits and every event struck.</param>
/// <param name="Why">Why not; else how.</param>
/// <param name="Elapsed">From the beginning to the end, evaluations included, which take no time.</param>
/// <param name="Undisturbed">The same without the scenario.</param>
/// <param name="Iterations">Iterations committed.</param>
/// <param name="Computed">Time that stages computed, summed over stages, copies and what was lost included.</param>
/// <param name="BytesMoved">Bytes of tensors that went between machines.</param>
/// <param name="Recoveries">What broke, and how long it took until the run went on.</param>
/// <param name="Struck">How often each event struck.</param>
public sealed record ScenarioResult(
    string Title, CaseVerdict Verdict, string Why, TimeSpan Elapsed, TimeSpan Undisturbed, long Iterations, TimeSpan Computed, long BytesMoved,
    IReadOnlyList<(string Reason, TimeSpan Took)> Recoveries, IReadOnlyList<(string Event, int Times)> Struck);

/// <summary>Plays a run of an experiment on simulated machines, with and without trouble.</summary>
public static class ScenarioRun
{
    /// <summary>Plays it.</summary>
    /// <param name="run">The run; it must not go on from another.</param>
    /// <param name="options">How.</param>
    /// <exception cref="BadInputException">It goes on from another.</exception>
    public static ScenarioResult Of(PreparedRun run, ScenarioOptions options)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        if (run.Settings.From is { } from)
            throw new BadInputException($"run {run.Settings.Name}: expected one that begins by itself, found one that goes on from {from}");

        using var quiet = Play(run, options with { Scenario = Scenario.Quiet }, new Listening());
        var listening = new Listening();
        using var end = Play(run, options, listening);
        var (verdict, why) = Judge(quiet, end, options.Scenario);
        return new ScenarioResult(
            $"{run.Settings.Name}: {options.Scenario.Name} over {options.Network.Name}", verdict, why, end.End.Elapsed,
            quiet.End.Elapsed, end.End.Outcome?.Iterations ?? 0, end.Injector.Computed, end.Network.BytesMoved,
            listening.Recoveries, [.. options.Scenario.Failures.Zip(end.Injector.Fired, (failure, times) => ($"{failure}", times))]);
    }

    private static PlayEnd Play(PreparedRun run, ScenarioOptions options, IRunObserver observer)
    {
        var plan = RunLaunch.Plan(run);
        var folder = Directory.CreateTempSubdirectory("simulate-").FullName;
        try
        {
            return new Play
            {
                Plan = plan,
                Weights = RunLaunch.Weights(run, parentFolder: null),
                Data = RunLaunch.Data(run, windowsUsed: 0),
                Adversary = RunLaunch.Adversary(run.Settings),
                Scenario = options.Scenario,
                Seed = run.Settings.Seed,
                Network = options.Network,
                Nodes = options.Nodes ?? plan.Stages,
                Room = plan.Stages,
                FlopsPerSecond = options.FlopsPerSecond,
                Checkpoints = plan.CheckpointEvery > 0 ? Path.Combine(folder, "checkpoints") : null,
            }.ToItsEnd(observer, _ => { });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (CaseVerdict Verdict, string Why) Judge(PlayEnd quiet, PlayEnd end, Scenario scenario)
    {
        if (end.End.Outcome is not { } outcome) return (CaseVerdict.Stuck, "nothing was left to do, or a virtual day went by");
        if (outcome.Status != RunStatus.Done) return (CaseVerdict.Wrong, $"{outcome.Status.ToString().ToLowerInvariant()}: {outcome.Reason}");
        if (end.State != quiet.State) return (CaseVerdict.Wrong, "other weights or moments than the undisturbed run's");
        return end.Injector.Unfired.FirstOrDefault() is { } unfired
            ? (CaseVerdict.Wrong, $"{scenario.Name}: an event never came: {unfired}")
            : (CaseVerdict.Right, "bit for bit the undisturbed run's weights and moments");
    }

    private sealed class Listening : IRunObserver
    {
        private string _reason = "";

        public List<(string Reason, TimeSpan Took)> Recoveries { get; } = [];

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is RecoveryBegan began) _reason = began.Reason;
            else if (occurrence is RecoveryEnded ended) Recoveries.Add((_reason, ended.Took));
        }
    }
}
