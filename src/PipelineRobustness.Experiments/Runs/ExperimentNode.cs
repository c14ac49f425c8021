using System.Net;
using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>This process as one of the nodes that an experiment is spread over.</summary>
public static class ExperimentNode
{
    // A node that names no number of stages takes what there is.
    private const int AnyNumber = 1000;

    /// <summary>Starts it and lets it join.</summary>
    /// <param name="experiment">What all nodes work.</param>
    /// <param name="catalog">Its runs.</param>
    /// <param name="trouble">What befalls it.</param>
    /// <param name="say">Hears, in lines for people, what becomes of the cluster.</param>
    /// <param name="drive">Drives the experiment while the server's seat is here.</param>
    /// <exception cref="BadInputException">A setting of the node is wrong.</exception>
    public static Task<ClusterNode> StartAsync(
        PreparedExperiment experiment, RunCatalog catalog, NodeFailure trouble, Action<string> say, DriveExperiment drive)
    {
        ArgumentNullException.ThrowIfNull(trouble);
        var runs = new FailedRuns(catalog, trouble);
        return ClusterNode.StartAsync(Options(experiment.Settings.Cluster, catalog.Digest) with { Say = say }, runs, catalog.Plans, drive);
    }

    private static ClusterOptions Options(ClusterSettings cluster, string digest) => new()
    {
        Name = Name(cluster),
        Host = cluster.Host,
        Port = cluster.Port,
        LanePort = cluster.LanePort,
        Seeds = [.. cluster.SeedNodes.Select(EndPoint)],
        Nodes = cluster.Nodes,
        JoinWithin = cluster.JoinWithin,
        ComputeNiceness = cluster.Niceness,
        Capacity = Capacity(cluster),
        Papers = cluster.Tls is { IsSet: true } tls ? Papers(tls, Name(cluster), cluster.Host) : null,
        Experiment = digest,
    };

    /// <summary>What a node is called.</summary>
    public static string Name(ClusterSettings cluster) => cluster.NameAt(cluster.Port > 0 ? cluster.Port : Environment.ProcessId);

    // Whom every peer would refuse had better not begin.
    private static NodeCredentials Papers(TlsSettings files, string name, string host)
    {
        var papers = new ClusterTls(files.Ca!, files.Certificate!, files.Key!).Load(TimeProvider.System);
        return papers.FaultAs(name, host) is not { } fault ? papers : throw new BadInputException(
            $"cluster.tls.certificate: {files.Certificate}: expected one made out to node {name} at host {host}, found {fault}");
    }

    // How much memory a graphics card has, TorchSharp does not tell.
    private static NodeCapacity Capacity(ClusterSettings cluster)
    {
        var onCpu = ComputeDevice.Of(cluster.Device).type == TorchSharp.DeviceType.CPU;
        var memory = onCpu ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : 0;
        return new NodeCapacity(cluster.Stages ?? AnyNumber, memory, Environment.ProcessorCount, cluster.Device);
    }

    // Settings are checked to be host and port when they are read.
    private static DnsEndPoint EndPoint(string text)
    {
        var colon = text.LastIndexOf(':');
        return new DnsEndPoint(text[..colon].Trim('[', ']'), int.Parse(text[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }

    private sealed class FailedRuns(IRunCatalog runs, NodeFailure trouble) : IRunCatalog
    {
        private readonly KillInstant? _kill = trouble.KillAt is { } instant ? KillInstant.Parse(instant) : null;

        public RunSpec Open(RunKey key)
        {
            var run = runs.Open(key);
            var ports = trouble.Scenario?.Over(run.Ports) ?? run.Ports;
            return run with { Ports = _kill is { } at ? ports with { Behaviour = new SelfKill(ports.Behaviour, at) } : ports };
        }
    }
}

/// <summary>What befalls a node.</summary>
/// <param name="KillAt">Where the process kills itself, as <c>--kill-at</c> has it; null where it does not.</param>
/// <param name="Scenario">What it plays with the others; null for nothing.</param>
public sealed record NodeFailure(string? KillAt, RealScenario? Scenario);
