using PipelineRobustness.Adversity;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>How far the simulation of a run is.</summary>
/// <param name="Undisturbed">Whether it is the play without the scenario, which comes first.</param>
/// <param name="Iterations">Iterations committed.</param>
/// <param name="Elapsed">Virtual time.</param>
public readonly record struct ScenarioProgress(bool Undisturbed, long Iterations, TimeSpan Elapsed);

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
    /// <summary>Plays it, as its settings say.</summary>
    /// <param name="run">The run; it must not go on from another.</param>
    /// <param name="progress">Hears how far it is, on the calling thread; must be quick.</param>
    /// <param name="interrupt">Ends it after the current iteration.</param>
    /// <returns>What it came to; null where it was interrupted.</returns>
    /// <exception cref="BadInputException">It goes on from another.</exception>
    public static ScenarioResult? Of(PreparedRun run, Action<ScenarioProgress> progress, CancellationToken interrupt)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.Settings.From is { } from)
            throw new BadInputException($"run {run.Settings.Name}: expected one that begins by itself, found one that goes on from {from}");

        using var quiet = Play(run, Scenario.Quiet, new Listening(true, progress, interrupt));
        var listening = new Listening(false, progress, interrupt);
        using var trouble = run.Scenario.Failures.Count > 0 && !interrupt.IsCancellationRequested ? Play(run, run.Scenario, listening) : null;
        if (interrupt.IsCancellationRequested) return null;
        var end = trouble ?? quiet;
        var (verdict, why) = Judge(quiet, end, run.Scenario);
        return new ScenarioResult(
            $"{run.Settings.Name}: {run.Scenario.Name} over {run.Settings.Simulation.Network}", verdict, why, end.End.Elapsed,
            quiet.End.Elapsed, end.End.Outcome?.Iterations ?? 0, end.Injector.Computed, end.Network.BytesMoved,
            listening.Recoveries, [.. run.Scenario.Failures.Zip(end.Injector.Fired, (failure, times) => ($"{failure}", times))]);
    }

    private static PlayEnd Play(PreparedRun run, Scenario scenario, Listening observer)
    {
        var plan = RunLaunch.Plan(run);
        var machines = run.Settings.Simulation;
        var folder = Directory.CreateTempSubdirectory("simulate-").FullName;
        try
        {
            return new Play
            {
                Plan = plan,
                Weights = RunLaunch.Weights(run, parentFolder: null),
                Data = RunLaunch.Data(run, windowsUsed: 0),
                Adversary = RunLaunch.Adversary(run.Settings),
                Scenario = scenario,
                Seed = run.Settings.Seed,
                Network = NetworkPlan.Presets.First(preset => preset.Name == machines.Network),
                Nodes = machines.Nodes ?? plan.Stages,
                Room = plan.Stages,
                FlopsPerSecond = machines.FlopsPerSecond,
                Checkpoints = plan.CheckpointEvery > 0 ? Path.Combine(folder, "checkpoints") : null,
            }.ToItsEnd(observer, observer.Begin);
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
        if (ReferenceEquals(end, quiet)) return (CaseVerdict.Right, "nothing was to go wrong, and nothing did");
        if (end.State != quiet.State) return (CaseVerdict.Wrong, "other weights or moments than the undisturbed run's");
        return end.Injector.Unfired.FirstOrDefault() is { } unfired
            ? (CaseVerdict.Wrong, $"{scenario.Name}: an event never came: {unfired}")
            : (CaseVerdict.Right, "bit for bit the undisturbed run's weights and moments");
    }

    private sealed class Listening(bool undisturbed, Action<ScenarioProgress> progress, CancellationToken interrupt) : IRunObserver
    {
        private Func<TimeSpan> _now = () => TimeSpan.Zero;
        private string _reason = "";

        public List<(string Reason, TimeSpan Took)> Recoveries { get; } = [];

        public bool Stops => interrupt.IsCancellationRequested;

        public void Begin(Func<TimeSpan> now) => _now = now;

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is RecoveryBegan began) _reason = began.Reason;
            else if (occurrence is RecoveryEnded ended) Recoveries.Add((_reason, ended.Took));
            else if (occurrence is IterationCommitted committed) progress(new ScenarioProgress(undisturbed, committed.Iteration + 1, _now()));
        }
    }
}
