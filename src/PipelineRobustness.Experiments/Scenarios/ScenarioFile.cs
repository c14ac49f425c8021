using System.Text;
using PipelineRobustness.Adversity;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>
/// Scenarios as users write them: a list of events, each a word for what goes wrong with whom, and when.
/// <code>events = [ { crash = "stage 2", at = "iteration 3, backward, micro-batch 1" }, { join = "a node", at = 20s } ]</code>
/// </summary>
public static class ScenarioFile
{
    private const string Events = "events";
    private const string Embedded = "scenarios/";
    private const string Ending = ".conf";

    /// <summary>The scenarios that are shipped, by name.</summary>
    public static IReadOnlyList<string> Shipped { get; } =
    [
        .. typeof(ScenarioFile).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Embedded, StringComparison.Ordinal))
            .Select(name => name[Embedded.Length..^Ending.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads a shipped scenario by its name, or a file.</summary>
    /// <param name="nameOrPath">Its name, or the path of a file that ends in <c>.conf</c>.</param>
    /// <param name="source">Who asks for it, for errors.</param>
    /// <exception cref="BadInputException">There is none, or something in it is wrong; origin, expected and found are named.</exception>
    public static Scenario Read(string nameOrPath, string source = "scenario")
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (nameOrPath.EndsWith(Ending, StringComparison.Ordinal))
            return Read(Path.GetFileNameWithoutExtension(nameOrPath), SettingsFile.Read(nameOrPath));

        using var stream = typeof(ScenarioFile).Assembly.GetManifestResourceStream($"{Embedded}{nameOrPath}{Ending}")
            ?? throw new BadInputException($"{source}: expected a file.conf or one of {string.Join(", ", Shipped)}, found {OneLine.Of(nameOrPath)}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Read(nameOrPath, HoconReader.Read(nameOrPath + Ending, reader.ReadToEnd()));
    }

    private static Scenario Read(string name, SettingSection file)
    {
        if (file.Items.FirstOrDefault(i => i.Key != Events) is { Key: { } other, Value: { } found })
            throw new BadInputException($"{found.Origin}: expected {Events} = [ ... ] and nothing else, found {OneLine.Of(other)}");

        var list = file.Find(Events) as SettingList
            ?? throw new BadInputException($"{file.Origin}: expected {Events} = [ {{ crash = \"stage 2\", at = \"iteration 3\" }} ], found none");
        return new Scenario(name, [.. list.Items.Select(item => item is SettingSection section
            ? ScenarioEvent.Read(section)
            : throw new BadInputException($"{item.Origin}: {Events}: expected {{ ... }}, found {item.Shown}"))]);
    }
}
