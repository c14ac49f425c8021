using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Cli;

/// <summary>The options of <c>node</c> that <c>run</c> does not have; most override a setting of <c>cluster { }</c>.</summary>
internal sealed class NodeOptions
{
    private readonly Option<string?> _name = Text("--name", "The node's name, unique in the cluster.", "NAME");
    private readonly Option<string?> _host = Text("--host", "The address that the node listens on and others connect to.", "HOST");
    private readonly Option<int?> _port = Number("--port", "The port of control messages; 0 for any free port.");
    private readonly Option<int?> _lanePort = Number("--lane-port", "The port of tensors; 0 for any free port.");
    private readonly Option<int?> _nodes = Number("--nodes", "How many nodes to wait for before the experiment begins.");
    private readonly Option<int?> _stages = Number("--stages", "How many stages the node has room for; 0 for any number.");
    private readonly Option<string?> _device = Text("--device", "Where its stages compute: cpu, or cuda:N.", "DEVICE");
    private readonly Option<string[]> _seedNodes = new("--seed-node")
    {
        Description = "A node to join; repeatable. Without any, this node founds the cluster.",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _killAt = Text(
        "--kill-at", "Where the process sends itself SIGKILL; MOMENT is forward, backward, prepared, hearing or committed.", "ITERATION[:MOMENT]");

    private readonly Option<string?> _scenario = Text(
        "--scenario", "Failures to inject into the nodes of this machine; each injection is recorded in DIR/struck.", "NAME|FILE.conf");

    private readonly Option<string?> _readyFile = Text(
        "--ready-file", "A file that exists once the node has joined: for scripts and readiness probes.", "FILE");

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_name, _host, _port, _lanePort, _seedNodes, _nodes, _stages, _device, _killAt, _scenario, _readyFile])
            command.Options.Add(option);
    }

    /// <summary>The failures to inject into the process.</summary>
    /// <exception cref="BadInputException">There is no such scenario, or it cannot be injected into real processes.</exception>
    public NodeFailure Failure(ParseResult parsed) => new(
        parsed.GetValue(_killAt), parsed.GetValue(_scenario) is { } name ? RealScenario.Read(name, processes: true, _scenario.Name) : null);

    /// <summary>What to call when the node has joined.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="report">Receives a line where the file cannot be created after all: the node works all the same.</param>
    /// <exception cref="BadInputException">The file cannot be created.</exception>
    public Action Ready(ParseResult parsed, Action<string> report)
    {
        if (parsed.GetValue(_readyFile) is not { } path) return () => { };
        try
        {
            // An earlier process may have left it.
            File.Delete(path);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            throw new BadInputException($"{_readyFile.Name}: expected a file that can be created, found {path}: {e.Message}", e);
        }

        return () =>
        {
            try
            {
                File.WriteAllBytes(path, []);
            }
            catch (Exception e) when (UserFile.IsRefusal(e))
            {
                report($"{_readyFile.Name}: {path} could not be created: {e.Message}");
            }
        };
    }

    /// <summary>The settings of <c>cluster { }</c> that options override, as key=value, by the option's name.</summary>
    public IEnumerable<(string Option, string Set)> Settings(ParseResult parsed)
    {
        (Option Option, string Key, string? Value)[] given =
        [
            (_name, "name", Quoted(parsed.GetValue(_name))), (_host, "host", Quoted(parsed.GetValue(_host))),
            (_device, "device", Quoted(parsed.GetValue(_device))), (_port, "port", Written(parsed.GetValue(_port))),
            (_lanePort, "lane-port", Written(parsed.GetValue(_lanePort))), (_nodes, "nodes", Written(parsed.GetValue(_nodes))),
            (_stages, "stages", Written(parsed.GetValue(_stages))),
            (_seedNodes, "seed-nodes", parsed.GetValue(_seedNodes) is { Length: > 0 } seeds ? $"[{string.Join(", ", seeds.Select(Quoted))}]" : null),
        ];
        return given.Where(s => s.Value is not null).Select(s => (s.Option.Name, $"cluster.{s.Key}={s.Value}"));
    }

    private static Option<string?> Text(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName };

    private static Option<int?> Number(string name, string description) => new(name) { Description = description, HelpName = "NUMBER" };

    private static string? Quoted(string? text) => text is null ? null : HoconWord.Quoted(text);

    private static string? Written(int? number) => number?.ToString(CultureInfo.InvariantCulture);
}
