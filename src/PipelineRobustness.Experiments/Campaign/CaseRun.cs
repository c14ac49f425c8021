using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>Plays a case once, on the calling thread.</summary>
internal sealed class CaseRun : IRunObserver
{
    // An iteration then takes a second of virtual time or so: what lasts seconds lasts for iterations.
    private const double FlopsPerSecond = 1e6;

    private const long TurnsMost = 500_000;

    private readonly List<(TimeSpan At, RunEvent Event)> _told = [];
    private readonly List<string> _transcript = [];
    private Func<TimeSpan> _now = () => TimeSpan.Zero;

    private CaseRun()
    {
    }

    /// <summary>What it told, and when.</summary>
    public IReadOnlyList<(TimeSpan At, RunEvent Event)> Told => _told;

    /// <summary>What it told.</summary>
    public IEnumerable<RunEvent> Events => _told.Select(t => t.Event);

    /// <summary>The same in lines, with the time.</summary>
    public IReadOnlyList<string> Transcript => _transcript;

    /// <summary>What struck, in its order.</summary>
    public IReadOnlyList<Strike> Strikes { get; private set; } = [];

    /// <summary>Blocks that one holder sent another.</summary>
    public IReadOnlyList<(TimeSpan At, int To, int Block)> Transfers { get; private set; } = [];

    /// <summary>What holders were seen to do that they must not; null where they were not.</summary>
    public string? ProtocolViolation { get; private set; }

    /// <summary>A holder that came to another state than one before it; null where none did.</summary>
    public string? OtherState { get; private set; }

    /// <summary>Lies that were told, by the name of their kind and direction.</summary>
    public IReadOnlyList<string> Lies { get; private set; } = [];

    /// <summary>Whether a value has changed by itself: who then stands accused, and how often it is tried, no seed says.</summary>
    public bool HasChanged => Strikes.Any(s => s.Failure.Kind == FailureKind.Corrupt);

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

    /// <summary>What befell it, for whoever judges a loss; null where it was not played to an end.</summary>
    public Fate? Fate { get; private set; }

    /// <summary>Tensors that nobody let go of.</summary>
    public long TensorsLeft { get; private set; }

    /// <summary>What somebody threw that must not throw; null where nobody did.</summary>
    public Exception? Thrown { get; private set; }

    /// <summary>Plays it.</summary>
    /// <param name="one">The case.</param>
    /// <param name="checkpoints">A folder for its checkpoints, empty.</param>
    /// <param name="defect">What is wrong with the system, for tests of the oracles; null for nothing.</param>
    public static CaseRun Of(CampaignCase one, string checkpoints, Func<RunPorts, RunPorts>? defect = null)
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
        _told.Add((_now(), occurrence));
        _transcript.Add(FormattableString.Invariant($"{_now().TotalSeconds,10:0.000} s  {CaseLine.Of(occurrence)}"));
    }

    private void Play(CampaignCase one, string checkpoints, Func<RunPorts, RunPorts>? defect)
    {
        var watch = new CaseWatch(one.Plan.MicroBatches, () => _now());
        var adversary = one.Adversary;
        var play = new Play
        {
            Plan = one.Plan,
            Weights = one.Weights,
            Data = one.Data,
            Adversary = adversary,
            Scenario = one.Scenario,
            Seed = one.Seed,
            Interleaving = one.Interleaving,
            Network = one.Network,
            Nodes = one.Nodes,
            Room = one.Room,
            FlopsPerSecond = FlopsPerSecond,
            TurnsMost = TurnsMost,
            Checkpoints = one.Plan.Checkpoint.Every > 0 ? checkpoints : null,
            Around = ports => watch.Over(defect?.Invoke(ports) ?? ports),
        };
        using var end = play.ToItsEnd(this, now => _now = now);
        (Strikes, Turns, Fate) = (end.Injector.Strikes, end.End.Turns, end.Fate);
        (Transfers, ProtocolViolation, OtherState) = (watch.Transfers, watch.OtherWork, watch.OtherState);
        Lies = [.. adversary.Attacks.Select(attack => one.Kind(attack.Direction)), .. CriesWolf(one)];
        if (end.End.Outcome is not { } outcome) return;
        (Status, Reason, Iterations, Loss, State) = (outcome.Status, outcome.Reason, outcome.Iterations, outcome.EvaluationLoss, end.State);
        _transcript.Add(FormattableString.Invariant($"{end.End.Elapsed.TotalSeconds,10:0.000} s  {Status} {Reason} {State}"));
    }

    // A checker that lies sends nobody else anything: what it did is that it accused.
    private IEnumerable<string> CriesWolf(CampaignCase one) => Events.OfType<IterationCommitted>()
        .SelectMany(commit => commit.Verdicts).DistinctBy(v => (v.Iteration, v.Attempt, v.Direction))
        .Select(v => one.Kind(v.Direction)).Where(kind => kind.StartsWith("false-accusation", StringComparison.Ordinal));
}
