using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Cli;

/// <summary>What <c>node</c> takes beside what <c>run</c> does; each option is a setting of <c>cluster { }</c>, and wins over it.</summary>
internal sealed class NodeOptions
{
    private readonly Option<string?> _name = Text("--name", "What the node is called; another name for each.", "NAME");
    private readonly Option<string?> _host = Text("--host", "The address that it binds to and is reached at.", "HOST");
    private readonly Option<int?> _port = Number("--port", "The port of control messages; 0 takes any that is free.");
    private readonly Option<int?> _lanePort = Number("--lane-port", "The port of tensors; 0 takes any that is free.");
    private readonly Option<int?> _nodes = Number("--nodes", "How many nodes to wait for before the experiment begins.");
    private readonly Option<int?> _stages = Number("--stages", "Stages that it has room for; 0: any number.");
    private readonly Option<string?> _device = Text("--device", "Where its stages compute: cpu, or cuda:N.", "DEVICE");
    private readonly Option<string[]> _seedNodes = new("--seed-node")
    {
        Description = "A node to ask to be let in; repeatable. Without any, this node founds the cluster.",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _killAt = Text(
        "--kill-at", "The process sends itself SIGKILL there; MOMENT is forward, backward, prepared or committed.", "ITERATION[:MOMENT]");

    private readonly Option<string?> _scenario = Text(
        "--scenario", "Trouble that all nodes of this machine play together; what has struck is noted in DIR/struck.", "NAME|FILE.conf");

    private readonly Option<string?> _readyFile = Text(
        "--ready-file", "Made when the node was let in, absent before: for scripts, and probes of readiness.", "FILE");

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_name, _host, _port, _lanePort, _seedNodes, _nodes, _stages, _device, _killAt, _scenario, _readyFile])
            command.Options.Add(option);
    }

    /// <summary>What is to befall it.</summary>
    /// <exception cref="BadInputException">There is no such scenario, or a real process cannot suffer it.</exception>
    public NodeFailure Trouble(ParseResult parsed) => new(
        parsed.GetValue(_killAt), parsed.GetValue(_scenario) is { } name ? RealScenario.Read(name, processes: true, _scenario.Name) : null);

    /// <summary>Told when the node was let in.</summary>
    /// <exception cref="BadInputException">There cannot be such a file.</exception>
    public Action Ready(ParseResult parsed)
    {
        if (parsed.GetValue(_readyFile) is not { } path)
            return () => { };

        try
        {
            // Of an earlier life.
            File.Delete(path);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            throw new BadInputException($"{_readyFile.Name}: expected a file that can be made, found {path}: {e.Message}", e);
        }

        return () => File.WriteAllBytes(path, []);
    }

    /// <summary>What was said of <c>cluster { }</c>, as key=value, by the option's name.</summary>
    public IEnumerable<(string Option, string Set)> Settings(ParseResult parsed)
    {
        (Option Option, string Key, string? Value)[] said =
        [
            (_name, "name", Quoted(parsed.GetValue(_name))), (_host, "host", Quoted(parsed.GetValue(_host))),
            (_device, "device", Quoted(parsed.GetValue(_device))), (_port, "port", Written(parsed.GetValue(_port))),
            (_lanePort, "lane-port", Written(parsed.GetValue(_lanePort))), (_nodes, "nodes", Written(parsed.GetValue(_nodes))),
            (_stages, "stages", Written(parsed.GetValue(_stages))),
            (_seedNodes, "seed-nodes", parsed.GetValue(_seedNodes) is { Length: > 0 } seeds ? $"[{string.Join(", ", seeds.Select(Quoted))}]" : null),
        ];
        return said.Where(s => s.Value is not null).Select(s => (s.Option.Name, $"cluster.{s.Key}={s.Value}"));
    }

    private static Option<string?> Text(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName };

    private static Option<int?> Number(string name, string description) => new(name) { Description = description, HelpName = "NUMBER" };

    private static string? Quoted(string? text) => text is null ? null : HoconWord.Quoted(text);

    private static string? Written(int? number) => number?.ToString(CultureInfo.InvariantCulture);
}
