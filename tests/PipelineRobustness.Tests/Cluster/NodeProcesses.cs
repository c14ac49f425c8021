using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using PipelineRobustness.Cli;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Several <c>node</c> processes on the loopback that share an experiment and its output folder. The first founds the cluster.</summary>
internal sealed class NodeProcesses : IDisposable
{
    private readonly ExperimentFiles _files = new();
    private readonly List<NodeProcess> _nodes = [];
    private readonly string _file;
    private readonly int[] _ports;

    public NodeProcesses(int count, string experiment)
    {
        _file = _files.Write(experiment);
        _ports = FreePorts(count);
    }

    private string Out => Path.Combine(_files.Folder, "out");

    /// <summary>All that they have said so far.</summary>
    public string Said => string.Join('\n', _nodes.Select(node => node.Said));

    /// <summary>Where a node is reached, counted from 0.</summary>
    public string Address(int number) => $"127.0.0.1:{_ports[number]}";

    /// <summary>Writes a file that lies beside the experiment's.</summary>
    public string Write(string text, string name) => _files.Write(text, name);

    /// <summary>Starts the next node, without waiting for anything.</summary>
    public NodeProcess Start(params IEnumerable<string> arguments)
    {
        var number = _nodes.Count;
        string[] seed = number == 0 ? [] : ["--seed-node", Address(0)];
        string[] name = arguments.Contains("--name") ? [] : ["--name", $"node-{number + 1}"];
        string[] port = arguments.Contains("--port") ? [] : ["--port", Text(_ports[number])];
        var node = NodeProcess.Start(
        [
            _file, "--out", Out, "--nodes", Text(_ports.Length), .. name, .. port,
            // Other tests' threads are not to be given way to.
            "--set", "cluster.niceness=0", .. seed, .. arguments,
        ]);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Starts them all.</summary>
    public NodeProcess[] StartAll() => [.. _ports.Select(_ => Start())];

    /// <summary>Completes when iterations are being committed.</summary>
    public async Task TrainsAsync()
    {
        var events = Path.Combine(Out, "events.jsonl");
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!File.Exists(events) || !File.ReadLines(events).Any(line => line.Contains("\"loss\"", StringComparison.Ordinal)))
            await look.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What one process comes to, of the same file.</summary>
    public async Task<string> WeightsOfOneProcessAsync()
    {
        var alone = Path.Combine(_files.Folder, "alone");
        Assert.Equal(ExitCode.Done, await CommandLine.InvokeAsync(["run", _file, "--out", alone, "--quiet"], TextWriter.Null, TextWriter.Null));
        return Weights(alone);
    }

    /// <summary>What the nodes came to.</summary>
    public string Weights() => Weights(Out);

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
        _files.Dispose();
    }

    /// <summary>What the first run that is written in a results folder came to.</summary>
    public static string Weights(string folder)
    {
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!;
        Assert.Equal("done", (string?)run["status"]);
        return (string)run["weightsSha256"]!;
    }

    /// <summary>How the first run that is written in a results folder ended.</summary>
    public static string Status(string folder) =>
        (string)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!["status"]!;

    // Ascending: of two halves the one with the lowest address goes on.
    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).Order().ToArray();
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
