using PipelineRobustness.Adversity;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>Plays a case once, on the calling thread.</summary>
internal sealed class CaseRun : IRunObserver
{
    // An iteration then takes a second of virtual time or so: what lasts seconds lasts for iterations.
    private const double FlopsPerSecond = 1e6;

    private const long TurnsMost = 500_000;

    private readonly List<RunEvent> _events = [];
    private readonly List<string> _transcript = [];
    private Func<TimeSpan> _now = () => TimeSpan.Zero;

    private CaseRun()
    {
    }

    /// <summary>What it told.</summary>
    public IReadOnlyList<RunEvent> Events => _events;

    /// <summary>The same in lines, with the time.</summary>
    public IReadOnlyList<string> Transcript => _transcript;

    /// <summary>How often each failure struck.</summary>
    public IReadOnlyList<int> Fired { get; private set; } = [];

    /// <summary>How it ended; null where it did not.</summary>
    public RunStatus? Status { get; private set; }

    /// <summary>Why, where it was not done.</summary>
    public string? Reason { get; private set; }

    /// <summary>Iterations committed.</summary>
    public long Iterations { get; private set; }

    /// <summary>The state that it left; empty where it left none.</summary>
    public string State { get; private set; } = "";

    /// <summary>The evaluation's loss.</summary>
    public double? Loss { get; private set; }

    /// <summary>Turns that it took.</summary>
    public long Turns { get; private set; }

    /// <summary>Nodes that were there at the end.</summary>
    public int NodesLeft { get; private set; }

    /// <summary>Tensors that nobody let go of.</summary>
    public long TensorsLeft { get; private set; }

    /// <summary>What somebody threw that must not throw; null where nobody did.</summary>
    public Exception? Thrown { get; private set; }

    /// <summary>Plays it.</summary>
    /// <param name="one">The case.</param>
    /// <param name="checkpoints">A folder for its checkpoints, empty.</param>
    /// <param name="defect">What is wrong with the system, for tests of the oracles; null for nothing.</param>
    public static CaseRun Of(CampaignCase one, string checkpoints, Func<Ports, Ports>? defect = null)
    {
        var run = new CaseRun();
        var before = LiveTensors.Count;
        try
        {
            run.Play(one, checkpoints, defect);
        }
        catch (Exception e)
        {
            run.Thrown = e;
        }

        run.TensorsLeft = LiveTensors.Count - before;
        return run;
    }

    /// <inheritdoc/>
    public void Observe(RunEvent occurrence)
    {
        _events.Add(occurrence);
        _transcript.Add(FormattableString.Invariant($"{_now().TotalSeconds,10:0.000} s  {CaseLine.Of(occurrence)}"));
    }

    private void Play(CampaignCase one, string checkpoints, Func<Ports, Ports>? defect)
    {
        var play = new Play
        {
            Plan = one.Plan,
            Weights = one.Weights,
            Data = one.Data,
            Adversary = new Adversary(one.Seed, one.Plan.Stages, one.Attacks, []),
            Scenario = one.Scenario,
            Seed = one.Seed,
            Interleaving = one.Interleaving,
            Network = one.Network,
            Nodes = one.Nodes,
            Room = one.Room,
            FlopsPerSecond = FlopsPerSecond,
            TurnsMost = TurnsMost,
            Checkpoints = one.Plan.CheckpointEvery > 0 ? checkpoints : null,
            Defect = defect,
        };
        using var end = play.ToItsEnd(this, now => _now = now);
        (Fired, Turns, NodesLeft) = (end.Injector.Fired, end.End.Turns, end.NodesLeft);
        if (end.End.Outcome is not { } outcome) return;
        (Status, Reason, Iterations, Loss, State) = (outcome.Status, outcome.Reason, outcome.Iterations, outcome.EvaluationLoss, end.State);
        _transcript.Add(FormattableString.Invariant($"{end.End.Elapsed.TotalSeconds,10:0.000} s  {Status} {Reason} {State}"));
    }
}

/// <summary>An event in a line.</summary>
internal static class CaseLine
{
    public static string Of(RunEvent occurrence) => occurrence switch
    {
        IterationCommitted e => $"iteration {e.Iteration} committed: loss {e.Loss:R}, norm {e.GradientNorm:R}, tries {e.Tries}, {e.Verdicts.Length} verdicts",
        IterationAbandoned e => $"iteration {e.Iteration} abandoned after {e.Tries} tries",
        Evaluated e => $"evaluated after {e.Iteration}: loss {e.Loss:R}",
        RunStarted e => $"started: {string.Join(' ', e.Placement)}",
        RecoveryBegan e => $"recovery at version {e.Version}: {e.Reason}",
        RecoveryEnded e => $"goes on behind version {e.Version} on {string.Join(' ', e.Placement)}: {e.How}",
        CheckpointWritten e => $"checkpoint of version {e.Version} {(e.Trouble is null ? "written" : "not written, or not read")}",
        _ => $"{occurrence}",
    };
}
