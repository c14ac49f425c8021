using System.Text;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Experiments.Settings.Hocon;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>
/// Scenarios as users write them: a list of events, each with a kind, a target and a time. One of them may name a
/// trace of machines that joined and left.
/// <code>events = [ { crash = "stage 2", at = "iteration 3, backward, micro-batch 1" }, { join = "a node", at = 20s } ]</code>
/// </summary>
public static class ScenarioFile
{
    private const string Events = "events";
    private const string Embedded = "scenarios/";

    /// <summary>The names of the shipped scenarios.</summary>
    public static IReadOnlyList<string> Shipped { get; } =
    [
        .. typeof(ScenarioFile).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Embedded, StringComparison.Ordinal))
            .Select(name => name[Embedded.Length..^SettingsFile.Ending.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads a shipped scenario by its name, or a file.</summary>
    /// <param name="nameOrPath">Its name, or the path of a file that ends in <c>.conf</c>.</param>
    /// <param name="source">Who asks for it, for errors.</param>
    /// <exception cref="BadInputException">There is none, or something in it is wrong; origin, expected and found are named.</exception>
    public static Scenario Read(string nameOrPath, string source = "scenario")
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (SettingsFile.IsMeant(nameOrPath))
            return Read(Path.GetFileNameWithoutExtension(nameOrPath), SettingsFile.Read(nameOrPath), Path.GetDirectoryName(Path.GetFullPath(nameOrPath))!);

        using var stream = typeof(ScenarioFile).Assembly.GetManifestResourceStream($"{Embedded}{nameOrPath}{SettingsFile.Ending}")
            ?? throw new BadInputException(
                $"{source}: expected a file.conf or one of {string.Join(", ", Shipped)}, found "
                + (nameOrPath.Length == 0 ? "an empty name" : OneLine.Of(nameOrPath)));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Read(nameOrPath, HoconReader.Read(nameOrPath + SettingsFile.Ending, reader.ReadToEnd()), "");
    }

    private static Scenario Read(string name, SettingSection file, string folder)
    {
        if (file.Items.FirstOrDefault(i => i.Key != Events) is { Key: { } other, Value: { } found })
            throw new BadInputException($"{found.Origin}: expected {Events} = [ ... ] and nothing else, found {OneLine.Of(other)}");

        var said = file.Find(Events);
        var list = said as SettingList ?? throw new BadInputException(
            $"{(said ?? file).Origin}: expected {Events} = [ {{ crash = \"stage 2\", at = \"iteration 3\" }} ], found {said?.Shown ?? "none"}");
        var events = list.Items.Select(item => item as SettingSection
            ?? throw new BadInputException($"{item.Origin}: {Events}: expected {{ ... }}, found {item.Shown}")).ToLookup(TraceEvent.Is);
        if (events[true].Skip(1).FirstOrDefault() is { } second)
            throw new BadInputException($"{second.Origin}: expected one trace in a scenario, found a second one");

        var trace = events[true].Select(section => TraceEvent.Read(section, folder)).SingleOrDefault() ?? Scenario.Quiet;
        return new Scenario(name, [.. events[false].Select(ScenarioEvent.Read), .. trace.Failures]) { Machines = trace.Machines };
    }
}
