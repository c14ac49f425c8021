using Akka.Actor;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>
/// Plays a scenario on the machines of a simulation, through the pipeline's ports: at logical instants when stages reach them, and
/// at times and rates as its <see cref="FailureClock"/> says. Every event is noted before it takes effect, so that a retry
/// of the iteration does not inject it again.
/// </summary>
public sealed class FailureInjector : InjectingBehaviour
{
    private readonly Scenario _scenario;
    private readonly ComputeCost? _cost;
    private readonly DetectionTimes _detection;
    private readonly ulong _seed;
    private readonly int[] _counts;
    private readonly List<Injection> _injections = [];

    // The iterations in which something happens at a logical instant: nothing is looked up in the others.
    private readonly HashSet<long> _iterations;

    // From Begin on.
    private IMachines _machines = null!;
    private WorkClock _work = null!;
    private SimulatedFaults _faults = null!;

    // Each draw has a key of its own.
    private long _drawn;

    /// <summary>For one run.</summary>
    /// <param name="scenario">What goes wrong.</param>
    /// <param name="inner">What stages do otherwise: attacks.</param>
    /// <param name="cost">How long work takes; null for no time at all.</param>
    /// <param name="detection">How long failures take to be noticed.</param>
    /// <param name="seed">The seed of everything that is drawn.</param>
    public FailureInjector(Scenario scenario, IStageBehaviour inner, ComputeCost? cost, DetectionTimes detection, ulong seed)
        : base(inner)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        (_scenario, _cost, _detection, _seed) = (scenario, cost, detection, seed);
        _counts = new int[scenario.Failures.Count];
        _iterations = [.. scenario.Failures.Select(failure => failure.At?.Iteration).OfType<long>()];
    }

    /// <summary>How often each event of the scenario was injected, in its order.</summary>
    public IReadOnlyList<int> Counts => _counts;

    /// <summary>What was injected, in the order of time.</summary>
    public IReadOnlyList<Injection> Injections => _injections;

    /// <summary>Adds up what stages compute, and for what; null for no meter.</summary>
    public WorkMeter? Meter { get; init; }

    /// <summary>Whether a machine may run several stages, which then compute one after the other.</summary>
    public bool SharesMachines { get; init; }

    /// <summary>Whether nothing can be written to disk now.</summary>
    public bool IsDiskFull => _faults.IsDiskFull;

    /// <summary>The run is about to begin.</summary>
    public void Begin(IMachines machines, VirtualNetwork network)
    {
        ArgumentNullException.ThrowIfNull(machines);
        _machines = machines;
        _work = new WorkClock(machines, _cost, Meter, SharesMachines);
        _faults = new SimulatedFaults(machines, network, _detection, _work, _scenario.Machines);
        machines.Start(Props.Create(() => new FailureClock(_scenario, Wait, TryInject)), FailureClock.Name);
    }

    /// <inheritdoc/>
    public override void BeforeWork(WorkContext context)
    {
        base.BeforeWork(context);
        _work.Work(context);
    }

    /// <inheritdoc/>
    public override void BeforeHearing(HearingContext context)
    {
        base.BeforeHearing(context);
        _work.BeginTurn();
        _work.Hear(context);
    }

    /// <inheritdoc/>
    protected override void Reach(WorkPoint point)
    {
        _work.BeginTurn();
        base.Reach(point);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<(int Index, Failure Failure)> Due(WorkPoint point)
    {
        if (!_iterations.Contains(point.Iteration)) return [];
        var node = _machines.NodeOf(point.Stage);
        // A stage that was given up may still run in addition to its replacement: nothing is injected into it.
        return node is not null && node != _machines.Here ? [] :
        [
            .. _scenario.Failures.Index()
                .Where(e => _counts[e.Index] == 0 && e.Item.IsAt(point) && e.Item.Concerns(point.Stage, node)),
        ];
    }

    /// <inheritdoc/>
    protected override bool TryTake(int index, int stage)
    {
        Note(index, "", stage);
        return true;
    }

    /// <inheritdoc/>
    protected override void Inject(int index, Failure failure, int stage) => Inject(index, failure, (int?)stage);

    /// <inheritdoc/>
    protected override ulong Key(string purpose) => SeededRandom.Key(_seed, purpose, _drawn++);

    // By the clock; false where its target is not there now.
    private bool TryInject(int index) => Inject(index, _scenario.Failures[index], stage: null);

    private bool Inject(int index, Failure failure, int? stage)
    {
        if (failure.Target.Kind == TargetKind.Traced && _faults.ForgetGivenUp(failure.Target.Node) is { } gone)
        {
            Note(index, gone, failure.Target.Stage);
            return true;
        }

        var machine = MachineOf(failure.Target, stage);
        if (machine is null && failure.NeedsMachine) return false;
        var site = new InjectionSite(machine ?? "", stage ?? failure.Target.Stage);
        Note(index, site.Machine, site.Stage);
        failure.Inject(_faults, site);
        return true;
    }

    private string? MachineOf(Target target, int? stage) => target.Kind switch
    {
        TargetKind.Stage => _machines.NodeOf(target.Stage),
        TargetKind.Server => _machines.Server,
        TargetKind.Node => _machines.Has(target.Node) ? target.Node : null,
        TargetKind.Traced => _faults.Traced(target.Node),
        TargetKind.AnyNode when stage is { } here => _machines.NodeOf(here),
        TargetKind.AnyNode => _machines.Nodes is { Count: > 0 } nodes ? nodes[SeededRandom.Below(Key("node"), nodes.Count)] : null,
        _ => null,
    };

    // Before it takes effect: what it ends cannot lose the note.
    private void Note(int index, string machine, int stage)
    {
        _counts[index]++;
        _injections.Add(new Injection(_machines.Now, _scenario.Failures[index], machine, stage));
    }

    // Exponentially distributed (a Poisson process).
    private TimeSpan Wait(TimeSpan mean) => -Math.Log(1 - SeededRandom.Unit(Key("arrival"))) * mean;
}
