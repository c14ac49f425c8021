using PipelineRobustness.Adversity.Disks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>The progress of a simulation.</summary>
/// <param name="Undisturbed">Whether it is the run without the scenario, which comes first.</param>
/// <param name="Iterations">Iterations committed.</param>
/// <param name="Elapsed">Virtual time.</param>
public readonly record struct ScenarioProgress(bool Undisturbed, long Iterations, TimeSpan Elapsed);

/// <summary>Simulates a run of an experiment, with and without its scenario.</summary>
public static class ScenarioRun
{
    // For a run without tensors; with tensors a checkpoint is written to the real disk, and takes no virtual time.
    private const double DiskBytesPerSecond = 1e9;

    private static readonly TimeSpan Limit = TimeSpan.FromDays(1);

    /// <summary>Checks everything about a run and its scenario that can be checked beforehand.</summary>
    /// <exception cref="BadInputException">It continues another run, or an event can never occur in it.</exception>
    public static void ThrowIfImpossible(PreparedRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var settings = run.Settings;
        if (settings.From is { } from)
            throw new BadInputException($"run {settings.Name}: expected one without from, found one that continues {from}");

        if (settings.Attack.Liars.FirstOrDefault(liar => liar.OtherRun is not null) is { } liar)
        {
            throw new BadInputException(
                $"run {settings.Name}: expected liars that use no other run's weights, since a simulation trains no other run before, "
                + $"found {liar.Kind} of {liar.OtherRun}");
        }

        if (settings.Model.Numerics == Numerics.Shapes && run.Scenario.Failures.FirstOrDefault(failure => failure is IValueFailure) is { } failing)
        {
            throw new BadInputException(
                $"{run.Scenario.Origin(failing)}: {failing.Word}: expected tensors (model.numerics = torch), found none (run {settings.Name})");
        }

        if (run.Scenario.Failures.Count > 0) MemoryCheck.ThrowIfAnyRemembers(settings, $"a failure of scenario {run.Scenario.Name}");

        ScenarioFit.ThrowIfNever(run.Scenario, new RunExtent(
            settings.Pipeline.Stages, settings.Training.Iterations, settings.Training.MicroBatches, Nodes(run), $"run {settings.Name}",
            settings.Defence.Rule.IsRefereed, Limit));
    }

    /// <summary>Simulates it, according to its settings.</summary>
    /// <param name="run">The run; it must not continue another one.</param>
    /// <param name="progress">Receives the progress, on the calling thread; must be quick.</param>
    /// <param name="interrupt">Stops it.</param>
    /// <returns>The result; null where it was interrupted.</returns>
    /// <exception cref="BadInputException">It cannot be simulated.</exception>
    public static ScenarioResult? Of(PreparedRun run, Action<ScenarioProgress> progress, CancellationToken interrupt)
    {
        ThrowIfImpossible(run);
        var plan = RunParts.Plan(run);
        var on = new SimulatedOn(run.Network.Name, Nodes(run), run.Settings.Simulation.Flops);
        var (calm, clock) = (new TimelineRecorder(), new TimelineRecorder());
        using var quiet = Simulate(run, plan, on, Scenario.Quiet, new ProgressObserver(calm, true, progress, interrupt));
        using var disturbed = run.Scenario.Failures.Count > 0 && quiet.End.Outcome?.Status == RunStatus.Done
            ? Simulate(run, plan, on, run.Scenario, new ProgressObserver(clock, false, progress, interrupt)) : null;
        if (interrupt.IsCancellationRequested) return null;
        var end = disturbed ?? quiet;
        var (verdict, why) = Judge(quiet, disturbed, run.Scenario);
        var undisturbed = RunTimeline.Of(plan, quiet, calm);
        var withScenario = disturbed is null ? undisturbed : RunTimeline.Of(plan, disturbed, clock);
        return new ScenarioResult(
            run.Settings.Name, run.Scenario.Name, on, verdict, why, undisturbed, withScenario,
            new ScheduleBubble(plan.Schedule.Name, plan.Schedule.BubbleFraction(plan.Stages, plan.MicroBatches)), clock.Recoveries,
            EventCount.Of(run.Scenario, end.Injector.Counts), InjectionCost.Of(undisturbed, withScenario, end.Injector.Injections, end.Truth))
        {
            Errors = clock.Errors,
        };
    }

    private static int Nodes(PreparedRun run)
    {
        var (traced, nodes) = (run.Scenario.Machines.Count, run.Settings.Simulation.Nodes);
        if (traced > 0 && nodes is not null)
        {
            throw new BadInputException(
                $"{run.Settings.Effective.Find("simulation.nodes")!.Origin}: simulation.nodes: expected 0, since the trace of {run.Scenario.Name} begins with "
                + $"{traced}, found {nodes}");
        }

        return traced > 0 ? traced : nodes ?? run.Settings.Pipeline.Stages;
    }

    private static SimulationOutcome Simulate(PreparedRun run, RunPlan plan, SimulatedOn on, Scenario scenario, ProgressObserver observer)
    {
        var folder = Directory.CreateTempSubdirectory("simulate-").FullName;
        try
        {
            return new SimulationSetup
            {
                Plan = plan,
                Weights = RunParts.Weights(run, parentFolder: null),
                Data = RunParts.Data(run, windowsUsed: 0),
                Adversary = RunParts.Adversary(run.Settings),
                Scenario = scenario,
                Seed = run.Settings.Seed,
                Network = run.Network,
                Nodes = on.Nodes,
                Room = plan.Stages,
                FlopsPerSecond = on.FlopsPerSecond,
                Detection = run.Settings.Simulation.Detection,
                Limit = Limit,
                Stops = observer.Turn,
                Meter = observer.Clock.Meter,
                Checkpoints = plan.Checkpoint.Every > 0 && plan.Numerics == Numerics.Torch ? Path.Combine(folder, "checkpoints") : null,
                Disk = new DiskPlan(DiskBytesPerSecond),
                FirstWeightsAreGone = () => !CanBegin(run),
            }.Run(observer, machines => observer.Clock.Begin(() => machines.Now));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool CanBegin(PreparedRun run)
    {
        try
        {
            using var weights = RunParts.Weights(run, parentFolder: null) as IDisposable;
            return true;
        }
        catch (BadInputException)
        {
            return false;
        }
    }

    // A run that also fails without the scenario is not blamed on the scenario.
    private static (CaseVerdict Verdict, string Why) Judge(SimulationOutcome quiet, SimulationOutcome? disturbed, Scenario scenario)
    {
        if (disturbed is null)
        {
            var (verdict, why) = Broken(quiet) ?? (CaseVerdict.Right, "no failure was scripted, and none occurred");
            return verdict == CaseVerdict.Right || scenario.Failures.Count == 0 ? (verdict, why)
                : (verdict, $"undisturbed, so that {scenario.Name} was not simulated: {why}");
        }

        var missed = EventCount.Missed(EventCount.Of(scenario, disturbed.Injector.Counts)) is { } never
            ? $"{scenario.Name}: an event never came: {never}" : null;
        if (disturbed.End.Outcome is { Status: RunStatus.Failed, Reason: { } reason } && LossOracle.Violation(disturbed.Truth) is null)
        {
            var lost = $"declared lost: {reason}{LastInjection(disturbed)}";
            return missed is null ? (CaseVerdict.Right, lost) : (CaseVerdict.Wrong, $"{missed}; {lost}");
        }

        if (Broken(disturbed) is { } broken) return (broken.Verdict, broken.Why + LastInjection(disturbed));
        if (disturbed.State != quiet.State) return (CaseVerdict.Wrong, "other weights or moments than the undisturbed run's");
        return missed is not null ? (CaseVerdict.Wrong, missed) : (CaseVerdict.Right,
            quiet.IsShapeOnly ? "every block was stepped as often as undisturbed" : "bit for bit the undisturbed run's weights and moments");
    }

    private static (CaseVerdict Verdict, string Why)? Broken(SimulationOutcome end) => end.End.Outcome switch
    {
        null => (CaseVerdict.Stuck, "no work was left, or a virtual day passed"),
        { Status: RunStatus.Done } => null,
        { Status: var status, Reason: var reason } => (CaseVerdict.Wrong, $"{status.ToString().ToLowerInvariant()}: {reason}"),
    };

    private static string LastInjection(SimulationOutcome end) => end.Injector.Injections is not [.., var last] ? "; no event had been injected"
        : FormattableString.Invariant($"; the last event before, at {last.At.TotalSeconds:0.000} s: {last.Failure}");

    private sealed class ProgressObserver(
        TimelineRecorder clock, bool undisturbed, Action<ScenarioProgress> progress, CancellationToken interrupt) : IRunObserver
    {
        // A run under many failures may take many turns without a commit; reporting each turn would slow it down.
        private const int TurnsBetweenReports = 4096;

        private int _turns;

        public TimelineRecorder Clock => clock;

        public bool Turn()
        {
            if (++_turns % TurnsBetweenReports == 0) Report();
            return interrupt.IsCancellationRequested;
        }

        public void Observe(RunEvent occurrence)
        {
            clock.Observe(occurrence);
            if (occurrence is IterationCommitted) Report();
        }

        private void Report() => progress(new ScenarioProgress(undisturbed, Math.Max(clock.Reached.Count - 1, 0), clock.Now));
    }
}
