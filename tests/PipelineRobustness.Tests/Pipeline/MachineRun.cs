using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>A tiny run on simulated machines, one for each stage, without a seeded experiment around it.</summary>
internal sealed record MachineRun
{
    public required RunSpec Spec { get; init; }

    /// <summary>How long work takes; null for no time.</summary>
    public ComputeCost? Cost { get; init; }

    /// <summary>Null for a network that takes no time.</summary>
    public NetworkPlan? Network { get; init; }

    public Failure[] Failures { get; init; } = [];

    /// <summary>What stages do otherwise.</summary>
    public IStageBehaviour Behaviour { get; init; } = HonestBehaviour.Instance;

    public WorkMeter? Meter { get; init; }

    /// <summary>Where checkpoints go, given the machines once they are there.</summary>
    public Func<Func<IMachines>, IStore>? Store { get; init; }

    public IRunObserver Observer { get; init; } = new EventLog();

    public Action<IMachines, VirtualNetwork> Begun { get; init; } = (_, _) => { };

    public SimulationEnd Simulate()
    {
        IMachines? machines = null;
        var network = new VirtualNetwork(Network ?? NetworkPlan.OneRack, 1, () => machines!.Now);
        var injector = new FailureInjector(new Scenario("test", Failures), Behaviour, Cost, new DetectionTimes(), 1) { Meter = Meter };
        var simulation = new SimulationOptions
        {
            Seed = 1,
            Nodes = Spec.Plan.Pipeline.Stages,
            Room = Spec.Plan.Pipeline.Stages,
            Network = Network is null ? null : network,
            Begin = here =>
            {
                machines = here;
                injector.Begin(here, network);
                Begun(here, network);
            },
        };
        return SimulatedRun.Run(simulation, Spec with { Ports = new RunPorts { Behaviour = injector, Store = Store?.Invoke(() => machines!) } }, Observer);
    }
}
