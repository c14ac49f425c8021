using PipelineRobustness.Adversity;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

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
    public DetectionTimes Detection { get; init; } = DetectionTimes.Measured;

    /// <summary>Virtual time after which it counts as stuck.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long work takes; null for its operations over <see cref="FlopsPerSecond"/>.</summary>
    public ComputeCost? Cost { get; init; }

    public long TurnsMost { get; init; } = long.MaxValue;

    /// <summary>Adds up what stages compute; null where nobody asks.</summary>
    public WorkMeter? Meter { get; init; }

    /// <summary>Where checkpoints are kept; null where none are.</summary>
    public string? Checkpoints { get; init; }

    /// <summary>The disk of a run without tensors; null where none is wanted.</summary>
    public DiskPlan? Disk { get; init; }

    /// <summary>Whoever watches stands around the ports, and in tests of oracles whoever breaks something.</summary>
    public Func<Ports, Ports> Around { get; init; } = ports => ports;

    /// <summary>Plays it to its end, on the calling thread.</summary>
    /// <param name="observer">Hears what happens.</param>
    /// <param name="begun">Is given the clock.</param>
    public PlayEnd ToItsEnd(IRunObserver observer, Action<Func<TimeSpan>> begun)
    {
        var cost = Cost ?? new ComputeCost(Plan.Model, Plan.Stages, Plan.MicroBatchSize, Plan.SequenceLength, FlopsPerSecond);
        var injector = new FailureInjector(Scenario, Adversary, cost, Detection, Seed) { Meter = Meter };
        IMachines? machines = null;
        var network = new VirtualNetwork(Network, Seed, () => machines!.Now);
        var ports = new Ports { Behaviour = injector };
        if (Checkpoints is { } folder)
            ports = ports with { Store = new FailingDisk(new CheckpointStore(folder, keep: 2), () => injector.DiskIsFull) };
        else if (Disk is not null && Plan.CheckpointEvery > 0)
            ports = ports with { Store = new FailingDisk(new VirtualDisk(Disk, () => machines!), () => injector.DiskIsFull) };
        var simulation = new Simulation
        {
            Seed = Seed,
            Interleaving = Interleaving,
            Nodes = Nodes,
            Room = Room,
            Network = network,
            TurnsMost = TurnsMost,
            Limit = Limit,
            Begin = here =>
            {
                machines = here;
                begun(() => here.Now);
                injector.Begin(here, network);
            },
        };
        var end = SimulatedRun.Run(simulation, Plan, Weights, Data, Around(ports), observer);
        return new PlayEnd(end, injector, network, machines!.Nodes.Count);
    }
}

/// <summary>What a play came to.</summary>
/// <param name="End">The run's end.</param>
/// <param name="Injector">What struck.</param>
/// <param name="Network">What was moved.</param>
/// <param name="NodesLeft">Nodes that were there at the end.</param>
internal sealed record PlayEnd(SimulationEnd End, FailureInjector Injector, VirtualNetwork Network, int NodesLeft) : IDisposable
{
    /// <summary>The state that the run left; empty where it left none.</summary>
    public string State => End.Outcome?.FinalState is not { IsDefaultOrEmpty: false } blocks ? ""
        : IsCounted ? string.Join(' ', blocks.Select(block => $"{block.Digest():x}"))
        : Fingerprint.State(blocks.SelectMany(block => block.Parameters), End.Outcome.Iterations);

    /// <summary>Whether there are no tensors.</summary>
    public bool IsCounted => End.Outcome?.FinalState is { IsDefaultOrEmpty: false } blocks && blocks.All(block => block.Parameters.Count == 0);

    public void Dispose() => End.Dispose();
}
