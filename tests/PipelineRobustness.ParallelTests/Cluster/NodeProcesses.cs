using System.Globalization;
using System.Text.Json.Nodes;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Several <c>node</c> processes on the loopback that share an experiment and its output folder. The first founds the cluster.</summary>
internal sealed class NodeProcesses : IDisposable
{
    public const string Short = """
        seed = 21
        pipeline.stages = 3
        training { iterations = 5, micro-batches = 2, sequence-length = 16 }
        evaluation.windows = 8
        defence { remedy = substitute, copies = ring }
        """;

    public static readonly string Endless = Short.Replace("iterations = 5", "iterations = 1000000", StringComparison.Ordinal);

    private readonly ExperimentFiles _files = new();
    private readonly List<NodeProcess> _nodes = [];
    private readonly string? _host;
    private readonly string _experiment;
    private readonly int[] _ports;

    /// <summary>Prepares them.</summary>
    /// <param name="count">How many.</param>
    /// <param name="experiment">The experiment file.</param>
    /// <param name="host">Where they listen: the default, unless it is given.</param>
    public NodeProcesses(int count, string experiment, string? host = null)
    {
        _host = host;
        ExperimentFile = _files.Write(experiment);
        _ports = LoopbackPorts.Take(count);
        _experiment = experiment;
    }

    /// <summary>Their experiment file.</summary>
    public string ExperimentFile { get; }

    /// <summary>Their output folder.</summary>
    public string Out => Path.Combine(_files.Folder, "out");

    /// <summary>Everything they have printed so far.</summary>
    public string Said => string.Join('\n', _nodes.Select(node => node.Said));

    /// <summary>The address of a node, counted from 0.</summary>
    public string Address(int number) => HostText.WithPort(_host ?? "127.0.0.1", _ports[number]);

    /// <summary>The port of a node, counted from 0.</summary>
    public int Port(int number) => _ports[number];

    /// <summary>Writes a file next to the experiment's.</summary>
    public string Write(string text, string name) => _files.Write(text, name);

    /// <summary>Starts the next node, without waiting for anything.</summary>
    public NodeProcess Start(params IEnumerable<string> arguments)
    {
        var number = _nodes.Count;
        string[] seed = number == 0 || arguments.Contains("--seed-node") ? [] : ["--seed-node", Address(0)];
        string[] host = _host is null ? [] : ["--host", _host];
        string[] name = arguments.Contains("--name") ? [] : ["--name", $"node-{number + 1}"];
        string[] port = arguments.Contains("--port") ? [] : ["--port", Text(_ports[number])];
        var node = NodeProcess.StartCommand(
        [
            "node", ExperimentFile, "--out", Out, "--nodes", Text(_ports.Length), .. name, .. port, .. host,
            // At a lower priority, other tests would starve them.
            "--set", "cluster.niceness=0", .. seed, .. arguments,
        ]);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Starts a sample, which joins the first node.</summary>
    public NodeProcess StartSample(string assembly) =>
        NodeProcess.StartProgram("dotnet", Path.Combine(AppContext.BaseDirectory, assembly), ExperimentFile, Out, Address(0));

    /// <summary>Starts them all.</summary>
    public NodeProcess[] StartAll() => [.. _ports.Select(_ => Start())];

    /// <summary>Completes once an iteration has been committed.</summary>
    public Task TrainsAsync() => TrainsAsync(Out);

    /// <summary>Completes once an iteration has been committed in a results folder.</summary>
    public static async Task TrainsAsync(string folder)
    {
        var events = Path.Combine(folder, "events.jsonl");
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!File.Exists(events) || !File.ReadLines(events).Any(line => line.Contains("\"loss\"", StringComparison.Ordinal)))
            await look.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The weights of one process, of the same file.</summary>
    public Task<string> WeightsOfOneProcessAsync() => OneProcess.WeightsAsync(_experiment);

    /// <summary>The nodes' final weights.</summary>
    public string Weights() => Weights(Out);

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
        _files.Dispose();
    }

    /// <summary>The final weights of a results folder's first run.</summary>
    public static string Weights(string folder)
    {
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!;
        Assert.Equal("done", (string?)run["status"]);
        return (string)run["weightsSha256"]!;
    }

    /// <summary>The status of a results folder's first run.</summary>
    public static string Status(string folder) =>
        (string)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!["status"]!;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
