using System.Text.RegularExpressions;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>An experiment as read: one base and the runs that differ from it, in their order.</summary>
/// <param name="Title">The file's name without its ending.</param>
/// <param name="Folder">The folder of the file, where relative paths are looked for too.</param>
/// <param name="Base">Every setting of the base, with where it was written.</param>
/// <param name="Runs">The runs; each stands behind the run it starts from.</param>
/// <param name="Differences">What each run says itself, in the same order.</param>
public sealed partial record ExperimentSettings(
    string Title,
    string Folder,
    SettingSection Base,
    IReadOnlyList<RunSettings> Runs,
    IReadOnlyList<SettingSection> Differences)
{
    /// <summary>The base's seed.</summary>
    public ulong Seed => (ulong)Schema.Plain["seed"].Read(((SettingText)Base.Find("seed")!).Text)!;

    private const string BaseName = "base";

    /// <summary>
    /// Reads a file and what the command line says over it. The layers, each over the one before: reference.conf, the file
    /// with every <c>--set</c> replacing what it names, <c>--seed</c>, and what the run says itself.
    /// </summary>
    /// <exception cref="BadInputException">Anything is wrong with any value; origin, expected and found are named.</exception>
    public static ExperimentSettings Read(string path, IReadOnlyList<string> sets, ulong? seed)
    {
        var file = SettingsFile.Read(path);
        LayerCheck.Check(file, inRun: false);
        var layer = sets.Aggregate(file, (below, set) => SetOption.Apply(below, set));
        if (seed is { } number)
            layer = layer.With("seed", new SettingText(FormattableString.Invariant($"{number}"), new Origin("--seed")));

        return Compose(path, layer);
    }

    private static ExperimentSettings Compose(string path, SettingSection layer)
    {
        var below = SettingsFile.Reference().Under(layer).Without(Schema.Runs);
        var written = layer.Find(Schema.Runs) ?? new SettingList([], new Origin("reference.conf"));
        var entries = (written as SettingList)?.Items
            ?? throw new BadInputException($"{written.Origin}: runs: expected a list [ {{ name = ... }} ], found {written.Shown}");
        var runs = new List<RunSettings>();
        var differences = new List<SettingSection>();
        foreach (var entry in entries)
        {
            var section = entry as SettingSection
                ?? throw new BadInputException($"{entry.Origin}: runs: expected {{ name = ... }}, found {entry.Shown}");
            LayerCheck.Check(section, inRun: true);
            runs.Add(Run(below, section, runs));
            differences.Add(section);
        }

        if (runs.Count == 0)
        {
            runs.Add(RunReading.Read(BaseName, null, below));
            differences.Add(new SettingSection([], written.Origin));
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        return new ExperimentSettings(Path.GetFileNameWithoutExtension(path), folder, below, runs, differences);
    }

    private static RunSettings Run(SettingSection below, SettingSection section, List<RunSettings> earlier)
    {
        var name = Word(section, "name")
            ?? throw new BadInputException($"{section.Origin}: a run without a name; expected {{ name = ... }}");
        if (!RunName().IsMatch(name))
        {
            throw new BadInputException(
                $"{section.Origin}: name: expected up to 64 letters, digits, '-' and '_', found {section.Find("name")!.Shown}");
        }

        if (earlier.Exists(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase)))
            throw new BadInputException($"{section.Origin}: name: expected a name of its own for each run, found {name} twice");

        var from = Word(section, "from");
        if (from is not null && earlier.TrueForAll(r => r.Name != from))
        {
            var known = earlier.Count == 0 ? "there is none" : string.Join(", ", earlier.Select(r => r.Name));
            throw new BadInputException(
                $"{section.Origin}: from: expected a run listed before {name} ({known}), found {section.Find("from")!.Shown}");
        }

        return RunReading.Read(name, from, below.Under(section.Without("name").Without("from")));
    }

    private static string? Word(SettingSection section, string name) => section.Find(name) switch
    {
        null => null,
        SettingText text => text.Text,
        var other => throw new BadInputException($"{other.Origin}: {name}: expected a run's name, found {other.Shown}"),
    };

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex RunName();
}
