using System.CommandLine;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Cli;

/// <summary>What every command takes: an experiment file, and what is said over it.</summary>
/// <param name="fileIsOptional">Whether the command can do without a file.</param>
internal sealed class ExperimentOptions(bool fileIsOptional = false)
{
    private readonly Argument<string?> _file = new("FILE.conf")
    {
        Description = "An experiment file (HOCON); hocon/reference.conf lists all settings.",
        Arity = fileIsOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    };

    private readonly Option<string?> _seed = new("--seed") { Description = "Use this seed instead of the file's.", HelpName = "NUMBER" };

    private readonly Option<string[]> _sets = new("--set")
    {
        Description = "Replace a setting of the base by any HOCON value, before the runs' own differences apply; repeatable.",
        HelpName = "key=value",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_file);
        command.Options.Add(_seed);
        command.Options.Add(_sets);
    }

    /// <summary>The file that was named; null where none was.</summary>
    public string? File(ParseResult parsed) => parsed.GetValue(_file);

    /// <summary>The file and what was said over it with <c>--set</c>, as they were typed.</summary>
    public IEnumerable<string> Words(ParseResult parsed) =>
        File(parsed) is { } file ? [file, .. (parsed.GetValue(_sets) ?? []).SelectMany(set => (string[])["--set", set])] : [];

    /// <summary>Options that say nothing to a campaign: each of its seeds is drawn from; and without a file there is nothing to set.</summary>
    public IEnumerable<Option> NotOfSeeds(ParseResult parsed) => File(parsed) is null ? [_seed, _sets] : [_seed];

    /// <summary>The first <c>--set</c> of what is not in a section; null where there is none.</summary>
    public string? SetOutside(ParseResult parsed, string section) => (parsed.GetValue(_sets) ?? []).FirstOrDefault(set =>
        set.Split('=')[0].Trim() is var key && key != section && !key.StartsWith(section + ".", StringComparison.Ordinal));

    /// <summary>Reads the experiment.</summary>
    /// <exception cref="BadInputException">Anything in it is wrong.</exception>
    /// <param name="parsed">The command line.</param>
    /// <param name="further">What other options come to, as key=value, by the option's name; they win over <c>--set</c>.</param>
    public ExperimentSettings Read(ParseResult parsed, params IEnumerable<(string Option, string Set)> further) =>
        ExperimentSettings.Read(File(parsed)!, parsed.GetValue(_sets) ?? [], Seed(parsed), further);

    /// <summary>The same, where options win over what the runs say themselves, too.</summary>
    /// <exception cref="BadInputException">Anything in it is wrong.</exception>
    public ExperimentSettings ReadOver(ParseResult parsed, IReadOnlyCollection<(string Option, string Set)> ofEveryRun) =>
        ExperimentSettings.Read(File(parsed)!, parsed.GetValue(_sets) ?? [], Seed(parsed), ofEveryRun: ofEveryRun);

    private ulong? Seed(ParseResult parsed)
    {
        var kind = new SeedNumber();
        return parsed.GetValue(_seed) is not { } text ? null
            : (ulong?)kind.Read(text)
                ?? throw new BadInputException($"--seed: expected {kind.Expected}, found {(text.Length > 0 ? OneLine.Of(text) : "nothing")}");
    }
}
