using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>Simulates a case once, on the calling thread.</summary>
internal sealed class CaseRun : IRunObserver
{
    // An iteration then takes about a second of virtual time: a failure that lasts seconds lasts for iterations.
    private const double FlopsPerSecond = 1e6;

    private const long TurnsMost = 500_000;

    private readonly List<(TimeSpan At, RunEvent Event)> _log = [];
    private readonly List<string> _transcript = [];
    private IMachines? _machines;
    private AuditWatch? _audits;

    private CaseRun()
    {
    }

    /// <summary>The run's events, and when they came.</summary>
    public IReadOnlyList<(TimeSpan At, RunEvent Event)> Log => _log;

    /// <summary>The run's events.</summary>
    public IEnumerable<RunEvent> Events => _log.Select(t => t.Event);

    /// <summary>The same events, one per line, with the time.</summary>
    public IReadOnlyList<string> Transcript => _transcript;

    /// <summary>What was injected, in the order of time.</summary>
    public IReadOnlyList<Injection> Injections { get; private set; } = [];

    /// <summary>Blocks that one holder sent another.</summary>
    public IReadOnlyList<(TimeSpan At, int To, int Block)> Transfers { get; private set; } = [];

    /// <summary>When a commit was sent to stages, and when a pass began: from a commit to the next pass stages do not know all states.</summary>
    public IReadOnlyList<(TimeSpan At, bool IsCommit)> Orders { get; private set; } = [];

    /// <summary>The first forbidden thing that a holder did; null where there is none.</summary>
    public string? ProtocolViolation { get; private set; }

    /// <summary>A holder whose state differs from an earlier holder's; null where none does.</summary>
    public string? OtherState { get; private set; }

    /// <summary>A digest of the states of all detectors, by the version.</summary>
    public IReadOnlyDictionary<long, string> DetectorStates { get; private set; } = new Dictionary<long, string>();

    /// <summary>The blocks that are heard because of a finding, by iteration, attempt and direction.</summary>
    public IReadOnlySet<(long Iteration, int Attempt, int Block, Direction Direction)> Found { get; private set; } =
        new HashSet<(long, int, int, Direction)>();

    /// <summary>Attacks and false accusations, by their kind and direction, and lies by their kind.</summary>
    public IReadOnlyList<string> Attacks { get; private set; } = [];

    /// <summary>Whether a value was corrupted: the suspects and the attempts then do not follow from the seed alone.</summary>
    public bool IsCorrupted => Injections.Any(i => i.Failure is IValueFailure);

    /// <summary>Everything that was done falsely.</summary>
    public IReadOnlyList<AttackEvent> Lies { get; private set; } = [];

    /// <summary>How it ended; null where it did not.</summary>
    public RunStatus? Status { get; private set; }

    /// <summary>Why, where it was not done.</summary>
    public string? Reason { get; private set; }

    /// <summary>Iterations committed.</summary>
    public long Iterations { get; private set; }

    /// <summary>Its final state; empty where it has none.</summary>
    public string State { get; private set; } = "";

    /// <summary>The evaluation's loss.</summary>
    public double? Loss { get; private set; }

    /// <summary>How many turns the simulation took.</summary>
    public long Turns { get; private set; }

    /// <summary>What happened to it, for judging a declared loss; null where it did not end.</summary>
    public GroundTruth? Truth { get; private set; }

    /// <summary>Tensors that were not disposed of.</summary>
    public long TensorsLeft { get; private set; }

    /// <summary>An exception that must not be thrown; null where there was none.</summary>
    public Exception? Thrown { get; private set; }

    /// <summary>Simulates it.</summary>
    /// <param name="one">The case.</param>
    /// <param name="checkpoints">A folder for its checkpoints, empty.</param>
    /// <param name="defect">A defect of the system, for tests of the oracles; null for none.</param>
    public static CaseRun Of(CampaignCase one, string checkpoints, Func<RunSpec, RunSpec>? defect = null)
    {
        var run = new CaseRun();
        var before = LiveTensors.Count;
        try
        {
            run.Simulate(one, checkpoints, defect);
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
        _log.Add((Now, occurrence));
        _audits?.Observe(occurrence);
        _transcript.Add(FormattableString.Invariant($"{Now.TotalSeconds,10:0.000} s  {CaseLine.Of(occurrence)}"));
    }

    private TimeSpan Now => _machines?.Now ?? TimeSpan.Zero;

    private void Simulate(CampaignCase one, string checkpoints, Func<RunSpec, RunSpec>? defect)
    {
        CaseWatch? watch = null;
        RulingWatch? rulings = null;
        DetectorWatch? detectors = null;
        var adversary = one.Adversary;
        var setup = new SimulationSetup
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
            Around = spec =>
            {
                var keys = _audits = new AuditWatch(one.Plan, () => _machines!.Here);
                spec = spec with { Ports = spec.Ports with { AuditKeys = keys.Keys(IAuditKeys.Of(one.Plan)) } };
                spec = defect?.Invoke(spec) ?? spec;
                watch = new CaseWatch(
                    spec.Ports, one.Plan.MicroBatches, () => Now, (iteration, stage) => Misstepped(adversary, iteration, stage), () => HistoryOf(one));
                detectors = new DetectorWatch(watch.Ports);
                // In a run of one machine only the seat is lost.
                rulings = new RulingWatch(detectors.Ports, one.Nodes > 1 ? one.Plan.Defence.QuarantineAfter : int.MaxValue, () => _machines!.Here);
                return spec with { Ports = one.Plan.Defence.Rule.IsRefereed ? keys.Ports(rulings.Ports) : detectors.Ports };
            },
        };
        using var simulated = setup.Run(this, machines => _machines = machines);
        (Injections, Turns, Truth) = (simulated.Injector.Injections, simulated.End.Turns, simulated.Truth);
        (Transfers, Orders, OtherState) = (watch!.Transfers, watch.Orders, watch.OtherState);
        ProtocolViolation = _audits!.Violation ?? (one.HasColluders ? null : detectors!.Violation) ?? watch.OtherWork ?? rulings!.Violation;
        (DetectorStates, Found) = (detectors!.States, _audits.Found);
        Lies = adversary.Events;
        Attacks =
        [
            .. Lies.SelectMany(lie => AttacksOf(one, adversary, lie)),
            .. Lies.SelectMany(lie => KindsOf(one, adversary, lie)),
            .. FalseAccusations(one),
        ];
        if (simulated.End.Outcome is not { } outcome) return;
        (Status, Reason, Iterations, Loss, State) = (outcome.Status, outcome.Reason, outcome.Iterations, outcome.EvaluationLoss, simulated.State);
        _transcript.Add(FormattableString.Invariant($"{simulated.End.Elapsed.TotalSeconds,10:0.000} s  {Status} {Reason} {State}"));
    }

    /// <summary>
    /// How often stages were convicted, and all resumed, up to an event, where colluders lie, else 0: what was committed by lies comes out otherwise when
    /// it is worked again and its liars have lost their seats.
    /// </summary>
    public int HistoryOf(CampaignCase one, RunEvent? until = null) => !one.HasColluders ? 0
        : Events.TakeWhile(occurrence => !ReferenceEquals(occurrence, until)).Count(occurrence => occurrence is RulingMade or RecoveryEnded);

    private static bool Misstepped(Adversary adversary, long iteration, int stage) =>
        adversary.Events.Any(lie => (lie.Iteration, lie.Act, lie.Stage) == (iteration, Act.Step, stage));

    private IEnumerable<string> AttacksOf(CampaignCase one, Adversary adversary, AttackEvent lie) => Enum.GetValues<Direction>()
        .Where(direction => lie.Act == (direction == Direction.Forward ? Act.Forward : Act.Backward)
            && SeatOf(lie) == 0 && adversary.Drawn(direction, lie.Iteration, lie.Attempt).Contains(lie.Stage))
        .Select(one.Kind);

    // A liar has one kind of act, or what it says is about several.
    private IEnumerable<string> KindsOf(CampaignCase one, Adversary adversary, AttackEvent lie) => one.Liars.Index()
        .Where(entry => entry.Item.Seat == SeatOf(lie)
            && adversary.Lying(entry.Index, lie.Iteration, lie.Attempt).Contains(lie.Stage) && ActOf(entry.Item) == lie.Act)
        .Select(entry => CampaignCase.InWords(entry.Item) + (entry.Item.Seat > 0 ? " by a later seat" : ""));

    // How often the stage had been convicted in earlier attempts.
    private int SeatOf(AttackEvent lie) => Events.OfType<RulingMade>().Select(made => made.Ruling).Distinct().Count(ruling =>
        ruling.Convicted?.Stage == lie.Stage && (ruling.Iteration, ruling.Attempt).CompareTo((lie.Iteration, lie.Attempt)) < 0);

    private static Act ActOf(Liar liar) => liar switch
    {
        Equivocate said => said.Act,
        Deny said => said.Act,
        Frame said => said.Act,
        FalseClaim said => said.Act,
        Collude said => said.Act,
        _ => liar.AfterPass ?? Act.Sum,
    };

    // A lying checker sends nothing to other stages: only its accusation is visible.
    private IEnumerable<string> FalseAccusations(CampaignCase one) => Events.OfType<IterationCommitted>()
        .SelectMany(commit => commit.Verdicts).DistinctBy(v => (v.Iteration, v.Attempt, v.Direction))
        .Where(v => one.AttackIn(v.Direction) is { Accuses: true }).Select(v => one.Kind(v.Direction));
}
