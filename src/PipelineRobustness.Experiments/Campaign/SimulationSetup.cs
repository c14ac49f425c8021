using System.Collections.Immutable;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Disks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>A run to be simulated: its plan, its machines and what goes wrong.</summary>
internal sealed record SimulationSetup
{
    public required RunPlan Plan { get; init; }

    public required IWeightSource Weights { get; init; }

    public required RunData Data { get; init; }

    public required Adversary Adversary { get; init; }

    public Scenario Scenario { get; init; } = Scenario.Quiet;

    public ulong Seed { get; init; }

    public Interleaving Interleaving { get; init; }

    public NetworkPlan Network { get; init; } = NetworkPlan.OneRack;

    public int Nodes { get; init; } = 1;

    public int? Room { get; init; }

    public required double FlopsPerSecond { get; init; }

    /// <summary>How long it takes to detect failures.</summary>
    public DetectionTimes Detection { get; init; } = new();

    /// <summary>Virtual time after which the run counts as stuck.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long work takes; null for its number of operations divided by <see cref="FlopsPerSecond"/>.</summary>
    public ComputeCost? Cost { get; init; }

    public long TurnsMost { get; init; } = long.MaxValue;

    /// <summary>Called before each turn: whether to stop without an outcome. Must be quick.</summary>
    public Func<bool> Stops { get; init; } = () => false;

    /// <summary>Adds up what stages compute; null for no meter.</summary>
    public WorkMeter? Meter { get; init; }

    /// <summary>The folder for checkpoints; null for none.</summary>
    public string? Checkpoints { get; init; }

    /// <summary>The disk of a run without tensors; null for none.</summary>
    public DiskPlan? Disk { get; init; }

    /// <summary>Whether version 0 cannot be recreated; evaluated when a run is lost.</summary>
    public Func<bool> FirstWeightsAreGone { get; init; } = () => false;

    /// <summary>Decorates the run: monitoring, and defects in tests of the oracles.</summary>
    public Func<RunSpec, RunSpec> Around { get; init; } = spec => spec;

    /// <summary>Simulates it to its end, on the calling thread.</summary>
    /// <param name="observer">Receives the run's events.</param>
    /// <param name="begun">Receives the machines, and with them the virtual clock.</param>
    public SimulationOutcome Run(IRunObserver observer, Action<IMachines> begun)
    {
        var cost = Cost ?? new ComputeCost(Plan.Model, Plan.Stages, Plan.MicroBatchSize, Plan.SequenceLength, FlopsPerSecond);
        var injector = new FailureInjector(Scenario, Adversary, cost, Detection, Seed) { Meter = Meter, SharesMachines = Room != 1 };
        MachineHistory? machines = null;
        var network = new VirtualNetwork(Network, Seed, () => machines!.Now);
        var ports = new RunPorts { Behaviour = injector };
        IStore? disk = Checkpoints is { } folder ? new CheckpointStore(folder, keep: 2)
            : Disk is not null && Plan.Checkpoint.Every > 0 ? new VirtualDisk(Disk, () => machines!) : null;
        var checkpoints = disk is null ? null : new CheckpointTracker(new FailingDisk(disk, () => injector.IsDiskFull));
        var placements = new PlacementHistory(observer, Plan.Defence.QuarantineAfter, Nodes == 1, () => machines!);
        if (checkpoints is not null) ports = ports with { Store = checkpoints };
        var options = new SimulationOptions
        {
            Seed = Seed,
            Interleaving = Interleaving,
            Nodes = Nodes,
            Room = Room,
            Network = network,
            TurnsMost = TurnsMost,
            Limit = Limit,
            Stops = Stops,
            Begin = simulated =>
            {
                machines = new MachineHistory(simulated);
                begun(simulated);
                injector.Begin(machines, network);
            },
        };
        var end = SimulatedRun.Run(options, Around(new RunSpec(Plan, Weights, Data, ports)), placements);
        var truth = new GroundTruth
        {
            Plan = Plan,
            Room = Room ?? (Plan.Stages + Nodes - 1) / Nodes,
            MembershipChanges = machines!.Changes,
            Quarantined = machines.Quarantined,
            Present = [.. machines.Nodes],
            Placed = placements.All,
            LostStages = [.. injector.Injections.Where(i => i.Failure.Destroys == Destruction.Stage).Select(i => (i.At, i.Stage)), .. placements.Convicted],
            Checkpoint = checkpoints?.Newest,
            FirstWeightsAreGone = end.Outcome?.Status == RunStatus.Failed && FirstWeightsAreGone(),
            End = end.Elapsed,
            Lost = end.Outcome?.Lost,
        };
        return new SimulationOutcome(end, injector, network, truth);
    }

    // A convicted stage is lost with its machine, or where there is no other alone. Below the number of convictions that this takes it stays; but
    // what it made of a step, or gave or took, is not what it is to have.
    private sealed class PlacementHistory(IRunObserver next, int quarantineAfter, bool hasOneNode, Func<MachineHistory> machines) : IRunObserver
    {
        private readonly HashSet<(string Machine, int Stage, int Seat)> _convictions = [];

        public List<(TimeSpan At, ImmutableArray<NodeId> Placement)> All { get; } = [];

        public List<(TimeSpan At, int Stage)> Convicted { get; } = [];

        public bool Stops => next.Stops;

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IPlacement placed) All.Add((machines().Now, placed.Placement));
            if (occurrence is RulingMade { Ruling: { Convicted: { } convicted } ruling }) Convict(ruling, convicted);
            next.Observe(occurrence);
        }

        private void Convict(Ruling ruling, Conviction convicted)
        {
            var machine = convicted.Node.Name;
            _convictions.Add((machine, convicted.Stage, convicted.Seat));
            var isOut = _convictions.Count(one => one.Machine == machine && (!hasOneNode || one.Stage == convicted.Stage)) >= quarantineAfter;
            if (isOut && !hasOneNode) machines().Quarantine(machine);
            else if (isOut || ruling.Act == Act.Transfer || RulingOracle.IsOfStep(ruling)) Convicted.Add((machines().Now, convicted.Stage));
        }
    }
}

/// <summary>The outcome of a simulation.</summary>
/// <param name="End">The run's end.</param>
/// <param name="Injector">What was injected.</param>
/// <param name="Network">What was sent.</param>
/// <param name="Truth">What happened to the run, for judging a declared loss.</param>
internal sealed record SimulationOutcome(SimulationEnd End, FailureInjector Injector, VirtualNetwork Network, GroundTruth Truth) : IDisposable
{
    /// <summary>The final state of the run; empty where it has none.</summary>
    public string State => End.Outcome?.FinalState is not { IsDefaultOrEmpty: false } blocks ? ""
        : IsShapeOnly ? string.Join(' ', blocks.Select(block => $"{block.Digest():x}"))
        : Fingerprint.State(blocks.SelectMany(block => block.Parameters), End.Outcome.Iterations);

    /// <summary>Whether there are no tensors.</summary>
    public bool IsShapeOnly => End.Outcome?.FinalState is { IsDefaultOrEmpty: false } blocks && blocks.All(block => block.Parameters.Count == 0);

    public void Dispose() => End.Dispose();
}
