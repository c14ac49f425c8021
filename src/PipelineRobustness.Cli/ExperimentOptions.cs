using System.CommandLine;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Cli;

/// <summary>The arguments of every command with an experiment: its file, and what overrides it.</summary>
/// <param name="fileIsOptional">Whether the command works without a file.</param>
internal sealed class ExperimentOptions(bool fileIsOptional = false)
{
    private readonly Argument<string?> _file = new("FILE.conf")
    {
        Description = "An experiment file (HOCON); hocon/reference.conf lists all settings.",
        Arity = fileIsOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    };

    private readonly Option<string?> _seed = new("--seed") { Description = "Override the file's seed.", HelpName = "NUMBER" };

    private readonly Option<string[]> _sets = new("--set")
    {
        Description = "Override a setting of the base with any HOCON value; the runs' own settings still apply on top. Repeatable.",
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

    /// <summary>The file; null if none was given.</summary>
    public string? File(ParseResult parsed) => parsed.GetValue(_file);

    /// <summary>The file and the <c>--set</c> options as they were typed.</summary>
    public IEnumerable<string> Words(ParseResult parsed) =>
        File(parsed) is { } file ? [file, .. (parsed.GetValue(_sets) ?? []).SelectMany(set => (string[])["--set", set])] : [];

    /// <summary>Options without a meaning for a campaign: it has its own seeds, and without a file there is nothing to set.</summary>
    public IEnumerable<Option> NotOfSeeds(ParseResult parsed) => File(parsed) is null ? [_seed, _sets] : [_seed];

    /// <summary>The first <c>--set</c> outside a section; null if there is none.</summary>
    public string? SetOutside(ParseResult parsed, string section) => (parsed.GetValue(_sets) ?? []).FirstOrDefault(set =>
        set.Split('=')[0].Trim() is var key && key != section && !key.StartsWith(section + ".", StringComparison.Ordinal));

    /// <summary>Reads the experiment.</summary>
    /// <exception cref="BadInputException">Something in it is wrong.</exception>
    /// <param name="parsed">The command line.</param>
    /// <param name="further">The settings that other options override, as key=value, by the option's name; they take precedence over <c>--set</c>.</param>
    public ExperimentSettings Read(ParseResult parsed, params IEnumerable<(string Option, string Set)> further) =>
        Settings(parsed, further, []);

    /// <summary>The same, with options that take precedence over the runs' own settings, too.</summary>
    /// <exception cref="BadInputException">Something in it is wrong.</exception>
    public ExperimentSettings ReadOver(ParseResult parsed, IReadOnlyCollection<(string Option, string Set)> ofEveryRun) =>
        Settings(parsed, [], ofEveryRun);

    // Every command reads its experiment here.
    private ExperimentSettings Settings(
        ParseResult parsed, IEnumerable<(string Option, string Set)> further, IReadOnlyCollection<(string Option, string Set)> ofEveryRun) =>
        ExperimentSettings.Read(File(parsed)!, parsed.GetValue(_sets) ?? [], Seed(parsed), further, ofEveryRun);

    private ulong? Seed(ParseResult parsed)
    {
        var kind = new SeedNumber();
        return parsed.GetValue(_seed) is not { } text ? null
            : (ulong?)kind.Read(text)
                ?? throw new BadInputException($"--seed: expected {kind.Expected}, found {(text.Length > 0 ? OneLine.Of(text) : "nothing")}");
    }
}
