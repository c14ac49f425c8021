using Akka.Actor;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>A failure as it struck.</summary>
/// <param name="At">When.</param>
/// <param name="Failure">What.</param>
/// <param name="Machine">The node or the server that it befell; empty where it befell a stage's values, or none.</param>
/// <param name="Stage">The stage in whose work it came, or that it was meant for.</param>
public sealed record Strike(TimeSpan At, Failure Failure, string Machine, int Stage);

/// <summary>
/// Plays a scenario on the machines of a simulation, through the pipeline's ports: at logical instants as stages come there, and
/// at times and by rates as its <see cref="FailureClock"/> says. Every event is noted as fired before it strikes, and a replay does
/// not fire it again.
/// </summary>
public sealed partial class FailureInjector : IStageBehaviour
{
    private readonly Scenario _scenario;
    private readonly IStageBehaviour _lies;
    private readonly ComputeCost? _cost;
    private readonly DetectionTimes _times;
    private readonly ulong _seed;
    private readonly int[] _fired;
    private readonly HashSet<long> _iterations;
    private readonly List<Strike> _strikes = [];
    private readonly List<(int Stage, double Factor, TimeSpan Until)> _slow = [];
    private readonly Dictionary<string, TimeSpan> _paused = [];
    private readonly Dictionary<string, TimeSpan> _cutUntil = [];
    private readonly Dictionary<string, TimeSpan> _silentSince = [];
    private readonly Dictionary<string, TimeSpan> _free = [];
    private readonly HashSet<string> _givenUp = [];
    private readonly Dictionary<string, string> _again = [];
    private readonly Dictionary<string, string> _traced = [];
    private IMachines _machines = null!;
    private VirtualNetwork _network = null!;
    private TimeSpan _fullUntil;
    private TimeSpan _held;
    private long _drawn;

    /// <summary>For one run.</summary>
    /// <param name="scenario">What goes wrong.</param>
    /// <param name="lies">What stages say beside: attacks.</param>
    /// <param name="cost">How long work takes; null for no time at all.</param>
    /// <param name="times">How long it takes to be noticed.</param>
    /// <param name="seed">Of everything that is drawn.</param>
    public FailureInjector(Scenario scenario, IStageBehaviour lies, ComputeCost? cost, DetectionTimes times, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        (_scenario, _lies, _cost, _times, _seed) = (scenario, lies, cost, times, seed);
        _fired = new int[scenario.Failures.Count];
        _iterations = [.. scenario.Failures.Select(failure => failure.At?.Iteration).OfType<long>()];
    }

    /// <summary>How often each event of the scenario fired, in its order.</summary>
    public IReadOnlyList<int> Fired => _fired;

    /// <summary>What struck, in its order.</summary>
    public IReadOnlyList<Strike> Strikes => _strikes;

    /// <summary>Adds up what stages compute, and for what; null where nobody asks.</summary>
    public WorkMeter? Meter { get; init; }

    /// <summary>Whether a machine may work several stages, of which it then computes one after the other.</summary>
    public bool SharesMachines { get; init; }

    /// <summary>Whether nothing can be written now.</summary>
    public bool DiskIsFull => _machines.Now < _fullUntil;

    /// <summary>The run is about to begin.</summary>
    public void Begin(IMachines machines, VirtualNetwork network)
    {
        ArgumentNullException.ThrowIfNull(machines);
        (_machines, _network) = (machines, network);
        foreach (var (name, node) in _scenario.Machines.Zip(machines.Nodes.OrderBy(node => node.Length))) _traced[name] = node;
        machines.Start(Props.Create(() => new FailureClock(_scenario, Wait, Fire)), FailureClock.Name);
    }

    /// <inheritdoc/>
    public Tensor Send(SendContext context, Tensor honest)
    {
        ArgumentNullException.ThrowIfNull(context);
        var said = _lies.Send(context, honest);
        if (context.Link is not (Link.Neighbour or Link.Jump) || said.dim() == 0 || !Concerns(context.Iteration, context.Stage)) return said;
        var part = context.Direction == Direction.Forward ? CorruptedPart.Activation : CorruptedPart.Gradient;
        foreach (var due in Due(context.Iteration, Phases.Of(context.Direction), context.MicroBatch, context.Stage).ToArray())
        {
            if (_scenario.Failures[due] is not { Kind: FailureKind.Corrupt } failure || failure.Part != part) continue;
            Note(due, "", context.Stage);
            var changed = Corruption.Of(said, failure.Pattern, Key("corruption"));
            if (!ReferenceEquals(said, honest)) said.Dispose();
            said = changed;
        }

        return said;
    }

    /// <inheritdoc/>
    public bool Withholds(SendContext context) => _lies.Withholds(context);

    /// <inheritdoc/>
    public string Note(long iteration, int attempt, int stage) => _lies.Note(iteration, attempt, stage);

    /// <inheritdoc/>
    public void BeforeWork(WorkContext context)
    {
        _lies.BeforeWork(context);
        _held = TimeSpan.Zero;
        Come(context.Iteration, Phases.Of(context.Direction), context.MicroBatch, context.Stage);
        var node = SharesMachines || Meter is not null || _paused.Count > 0 ? _machines.Here : null;
        if (node is not null) HoldUntil(Later(_paused.GetValueOrDefault(node), _free.GetValueOrDefault(node)));
        if (_cost is null || context.Block is not { } block) return;
        var takes = _cost.Of(block, context.Direction);
        if (_slow.Count > 0) takes *= Slowness(context.Stage);
        // Whose machine was lost, or given up, works for nobody any more.
        if (Meter is not null && node is not null && _machines.NodeOf(context.Stage) == node) Meter.Add(context, _machines.Now + _held, takes);
        if (SharesMachines && node is not null) _free[node] = _machines.Now + _held + takes;
        _machines.Spend(takes);
    }

    /// <inheritdoc/>
    public void BeforePrepared(long iteration, int stage)
    {
        _lies.BeforePrepared(iteration, stage);
        _held = TimeSpan.Zero;
        Come(iteration, Phase.Prepared, null, stage);
    }

    /// <inheritdoc/>
    public void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _lies.BetweenIterations(iteration, stage, block, state);
        _held = TimeSpan.Zero;
        if (!Concerns(iteration - 1, stage)) return;
        foreach (var due in Due(iteration - 1, Phase.Committed, null, stage).ToArray())
        {
            if (_scenario.Failures[due] is not { Kind: FailureKind.Corrupt, Part: CorruptedPart.Weight or CorruptedPart.Moment } failure) continue;
            Note(due, "", stage);
            Corruption.StrikeState(state, failure, Key);
        }

        Come(iteration - 1, Phase.Committed, null, stage);
    }

    // Before it strikes: what it brings to an end cannot lose the note.
    private void Note(int index, string machine, int stage)
    {
        _fired[index]++;
        _strikes.Add(new Strike(_machines.Now, _scenario.Failures[index], machine, stage));
    }

    // Of several that slow it down the one that does most.
    private double Slowness(int stage) => _slow.Where(s => s.Stage == stage && _machines.Now < s.Until).Select(s => s.Factor).DefaultIfEmpty(1).Max();

    // Whoever comes to work stands still before it begins.
    private void HoldUntil(TimeSpan time)
    {
        var longer = time - _machines.Now - _held;
        if (longer <= TimeSpan.Zero) return;
        _held += longer;
        _machines.Spend(longer);
    }

    private void Come(long iteration, Phase phase, int? microBatch, int stage)
    {
        if (!Concerns(iteration, stage)) return;
        foreach (var due in Due(iteration, phase, microBatch, stage).ToArray())
            if (_scenario.Failures[due].Kind != FailureKind.Corrupt) Fire(due, stage);
    }

    // A stage that was given up may still come there, beside the one in its place.
    private bool Concerns(long iteration, int stage) =>
        _iterations.Contains(iteration) && !(_machines.NodeOf(stage) is { } node && node != _machines.Here);

    // What has not fired, and is at this instant, and befalls this stage or whoever comes here first.
    private IEnumerable<int> Due(long iteration, Phase phase, int? microBatch, int stage) =>
        Enumerable.Range(0, _fired.Length).Where(index =>
            _fired[index] == 0 && _scenario.Failures[index].IsAt(iteration, phase, microBatch)
            && _scenario.Failures[index].Befalls(stage, _machines.NodeOf(stage)));

    // Exponentially distributed (a Poisson process).
    private TimeSpan Wait(TimeSpan mean) => -Math.Log(1 - SeededRandom.Unit(Key("arrival"))) * mean;

    private bool Fire(int index) => Fire(index, null);

    private ulong Key(string purpose) => SeededRandom.Key(_seed, purpose, _drawn++);
}
