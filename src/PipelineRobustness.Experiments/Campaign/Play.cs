using System.Collections.Immutable;
using PipelineRobustness.Adversity;
using PipelineRobustness.Adversity.Disks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>A run on simulated machines, with everything that befalls it, before it is played.</summary>
internal sealed record Play
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

    /// <summary>How long it takes until others know of a failure.</summary>
    public DetectionTimes Detection { get; init; } = new DetectionTimes();

    /// <summary>Virtual time after which it counts as stuck.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long work takes; null for its operations over <see cref="FlopsPerSecond"/>.</summary>
    public ComputeCost? Cost { get; init; }

    public long TurnsMost { get; init; } = long.MaxValue;

    /// <summary>Asked before each turn whether it ends where it is, without an outcome; must be quick.</summary>
    public Func<bool> Stops { get; init; } = () => false;

    /// <summary>Adds up what stages compute; null where nobody asks.</summary>
    public WorkMeter? Meter { get; init; }

    /// <summary>Where checkpoints are kept; null where none are.</summary>
    public string? Checkpoints { get; init; }

    /// <summary>The disk of a run without tensors; null where none is wanted.</summary>
    public DiskPlan? Disk { get; init; }

    /// <summary>Whether version 0 can be made no more; asked where a run is lost.</summary>
    public Func<bool> FirstWeightsAreGone { get; init; } = () => false;

    /// <summary>Whoever watches stands around the ports, and in tests of oracles whoever breaks something.</summary>
    public Func<RunPorts, RunPorts> Around { get; init; } = ports => ports;

    /// <summary>Plays it to its end, on the calling thread.</summary>
    /// <param name="observer">Hears what happens.</param>
    /// <param name="begun">Is given the clock.</param>
    public SimulationOutcome ToItsEnd(IRunObserver observer, Action<Func<TimeSpan>> begun)
    {
        var cost = Cost ?? new ComputeCost(Plan.Model, Plan.Stages, Plan.MicroBatchSize, Plan.SequenceLength, FlopsPerSecond);
        var injector = new FailureInjector(Scenario, Adversary, cost, Detection, Seed) { Meter = Meter, SharesMachines = Room != 1 };
        MachineHistory? machines = null;
        var network = new VirtualNetwork(Network, Seed, () => machines!.Now);
        var ports = new RunPorts { Behaviour = injector };
        IStore? disk = Checkpoints is { } folder ? new CheckpointStore(folder, keep: 2)
            : Disk is not null && Plan.Checkpoint.Every > 0 ? new VirtualDisk(Disk, () => machines!) : null;
        var notes = disk is null ? null : new CheckpointTracker(new FailingDisk(disk, () => injector.DiskIsFull));
        var places = new Places(observer, () => machines!.Now);
        if (notes is not null) ports = ports with { Store = notes };
        var simulation = new SimulationOptions
        {
            Seed = Seed,
            Interleaving = Interleaving,
            Nodes = Nodes,
            Room = Room,
            Network = network,
            TurnsMost = TurnsMost,
            Limit = Limit,
            Stops = Stops,
            Begin = here =>
            {
                machines = new MachineHistory(here);
                begun(() => here.Now);
                injector.Begin(machines, network);
            },
        };
        var end = SimulatedRun.Run(simulation, new RunSpec(Plan, Weights, Data, Around(ports)), places);
        var fate = new Fate
        {
            Plan = Plan,
            Room = Room ?? (Plan.Stages + Nodes - 1) / Nodes,
            Comings = machines!.Comings,
            Placed = places.All,
            LostStages = [.. injector.Strikes.Where(s => s.Failure.Kind == FailureKind.OutOfMemory).Select(s => (s.At, s.Stage))],
            Checkpoint = notes?.Newest,
            FirstWeightsAreGone = end.Outcome?.Status == RunStatus.Failed && FirstWeightsAreGone(),
            End = end.Elapsed,
            Reason = end.Outcome?.Reason ?? "",
        };
        return new SimulationOutcome(end, injector, network, fate);
    }

    private sealed class Places(IRunObserver next, Func<TimeSpan> now) : IRunObserver
    {
        public List<(TimeSpan At, ImmutableArray<NodeId> Placement)> All { get; } = [];

        public bool Stops => next.Stops;

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IPlacement placed) All.Add((now(), placed.Placement));
            next.Observe(occurrence);
        }
    }
}

/// <summary>What a play came to.</summary>
/// <param name="End">The run's end.</param>
/// <param name="Injector">What struck.</param>
/// <param name="Network">What was moved.</param>
/// <param name="Fate">What befell the run, for whoever judges a loss.</param>
internal sealed record SimulationOutcome(SimulationEnd End, FailureInjector Injector, VirtualNetwork Network, Fate Fate) : IDisposable
{
    /// <summary>The state that the run left; empty where it left none.</summary>
    public string State => End.Outcome?.FinalState is not { IsDefaultOrEmpty: false } blocks ? ""
        : IsCounted ? string.Join(' ', blocks.Select(block => $"{block.Digest():x}"))
        : Fingerprint.State(blocks.SelectMany(block => block.Parameters), End.Outcome.Iterations);

    /// <summary>Whether there are no tensors.</summary>
    public bool IsCounted => End.Outcome?.FinalState is { IsDefaultOrEmpty: false } blocks && blocks.All(block => block.Parameters.Count == 0);

    public void Dispose() => End.Dispose();
}
