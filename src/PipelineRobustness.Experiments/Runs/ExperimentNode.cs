using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>A node that runs an experiment, as the experiment's settings describe it.</summary>
public static class ExperimentNode
{
    // The capacity of a node without a limit.
    private const int AnyNumber = 1000;

    /// <summary>How the node takes part in the cluster.</summary>
    /// <param name="experiment">The experiment, which all nodes share.</param>
    /// <param name="catalog">Its runs.</param>
    /// <param name="report">Receives a line for people about each change of the cluster.</param>
    /// <exception cref="BadInputException">A setting of the node is wrong.</exception>
    public static ClusterOptions Options(PreparedExperiment experiment, RunCatalog catalog, Action<string> report)
    {
        foreach (var run in experiment.Runs) MemoryCheck.ThrowIfAnyRemembers(run.Settings, "a node's death");
        var cluster = experiment.Settings.Cluster;
        return new ClusterOptions
        {
            Name = Name(cluster),
            Host = cluster.Host,
            Port = cluster.Port,
            LanePort = cluster.LanePort,
            Seeds = [.. cluster.SeedNodes.Select(seed => HostText.ReadWithPort(seed)!)],
            Nodes = cluster.Nodes,
            JoinWithin = cluster.JoinWithin,
            ComputeNiceness = cluster.Niceness,
            Capacity = Capacity(cluster),
            Credentials = cluster.Tls is { IsSet: true } tls ? Credentials(tls, Name(cluster), cluster.Host) : null,
            Experiment = catalog.Digest,
            Report = report,
        };
    }

    /// <summary>The node's name.</summary>
    public static string Name(ClusterSettings cluster) => cluster.NameAt(cluster.Port > 0 ? cluster.Port : Environment.ProcessId);

    // What every peer would refuse is refused here first.
    private static NodeCredentials Credentials(TlsSettings files, string name, string host)
    {
        var credentials = new ClusterTls(files.Ca!, files.Certificate!, files.Key!).Load(TimeProvider.System);
        return credentials.FaultAs(name, host) is not { } fault ? credentials : throw new BadInputException(
            $"cluster.tls.certificate: {files.Certificate}: expected one for node {name} at host {host}, found {fault}");
    }

    // TorchSharp does not say how much memory a graphics card has.
    private static NodeCapacity Capacity(ClusterSettings cluster)
    {
        var onCpu = ComputeDevice.Of(cluster.Device).type == TorchSharp.DeviceType.CPU;
        var memory = onCpu ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : 0;
        return new NodeCapacity(cluster.Stages ?? AnyNumber, memory, Environment.ProcessorCount, cluster.Device);
    }
}

/// <summary>The failures that a node's process injects into itself.</summary>
/// <param name="KillAt">Where the process kills itself, as in <c>--kill-at</c>; null for nowhere.</param>
/// <param name="Scenario">The scenario that it takes part in; null for none.</param>
public sealed record NodeFailure(string? KillAt, RealScenario? Scenario)
{
    private readonly KillInstant? _kill = KillAt is { } instant ? KillInstant.Parse(instant) : null;

    /// <summary>The same runs with these failures.</summary>
    public IRunCatalog Over(IRunCatalog runs) => new FailingRuns(runs, this);

    /// <summary>The same way to train a run where the server is on this node: its referee may fail as stages do.</summary>
    public Launch Over(Launch launch) => (run, observer, interrupt) =>
        launch(run with { Ports = run.Ports with { Behaviour = Over(run.Ports).Behaviour } }, observer, interrupt);

    private RunPorts Over(RunPorts ports)
    {
        var injected = Scenario?.Over(ports) ?? ports;
        return _kill is { } at ? injected with { Behaviour = new SelfKill(injected.Behaviour, at) } : injected;
    }

    private sealed class FailingRuns(IRunCatalog runs, NodeFailure failure) : IRunCatalog
    {
        public RunSpec Open(RunKey key)
        {
            var run = runs.Open(key);
            return run with { Ports = failure.Over(run.Ports) };
        }
    }
}
