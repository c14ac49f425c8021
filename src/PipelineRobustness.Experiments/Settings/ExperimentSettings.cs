using System.Text.RegularExpressions;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>An experiment as read: one base and the runs that differ from it, in their order.</summary>
/// <param name="Title">The file's name without its ending.</param>
/// <param name="Folder">The folder of the file, where relative paths are looked for too.</param>
/// <param name="Base">Every setting of the base, with its origin.</param>
/// <param name="Runs">The runs; each comes after the run it starts from.</param>
/// <param name="Differences">The settings that each run overrides, in the same order.</param>
public sealed partial record ExperimentSettings(
    string Title,
    string Folder,
    SettingSection Base,
    IReadOnlyList<RunSettings> Runs,
    IReadOnlyList<SettingSection> Differences)
{
    /// <summary>Where this node is and which cluster it joins.</summary>
    public required ClusterSettings Cluster { get; init; }

    /// <summary>What a campaign may draw.</summary>
    public required CampaignRules Campaign { get; init; }

    /// <summary>The base's seed.</summary>
    public ulong Seed => (ulong)Schema.Plain["seed"].Read(((SettingText)Base.Find("seed")!).Text)!;

    /// <summary>
    /// The same experiment with every run changed in code. This is where a detector or a schedule is plugged in, for which there is no
    /// setting: the plan of a run, its estimates and its report are all made of what is returned here.
    /// </summary>
    /// <param name="change">Returns a run with something else in <see cref="RunSettings.Defence"/> or <see cref="RunSettings.Pipeline"/>.</param>
    public ExperimentSettings WithEachRun(Func<RunSettings, RunSettings> change) => this with { Runs = [.. Runs.Select(change)] };

    private const string BaseName = "base";
    private const int NameMax = 64;

    /// <summary>
    /// Reads a file and what the command line says over it. The layers, each over the one before: reference.conf, the file
    /// with every <c>--set</c> replacing what it names, <c>--seed</c>, and what the run says itself.
    /// </summary>
    /// <exception cref="BadInputException">Anything is wrong with any value; origin, expected and found are named.</exception>
    /// <param name="path">The file.</param>
    /// <param name="sets">What <c>--set</c> says, as key=value.</param>
    /// <param name="seed">What <c>--seed</c> says, or null.</param>
    /// <param name="options">What options of their own say, by their name: over <c>--set</c>.</param>
    /// <param name="ofEveryRun">The same, over what the runs say themselves too.</param>
    public static ExperimentSettings Read(
        string path, IReadOnlyList<string> sets, ulong? seed, IEnumerable<(string Option, string Set)>? options = null,
        IReadOnlyCollection<(string Option, string Set)>? ofEveryRun = null)
    {
        var file = SettingsFile.Read(path);
        LayerCheck.Check(file, inRun: false);
        var layer = sets.Aggregate(file, (below, set) => SetOption.Apply(below, set));
        SettingSection Over(SettingSection below, IEnumerable<(string Option, string Set)>? said) =>
            (said ?? []).Aggregate(below, (settings, one) => SetOption.Apply(settings, one.Set, one.Option));
        layer = Over(Over(layer, options), ofEveryRun);
        if (seed is { } number)
            layer = layer.With("seed", new SettingText(FormattableString.Invariant($"{number}"), new Origin("--seed")));

        return Compose(path, layer, run => Over(run, ofEveryRun));
    }

    private static ExperimentSettings Compose(string path, SettingSection layer, Func<SettingSection, SettingSection> everyRun)
    {
        var all = SettingsFile.Reference().Under(layer);
        var whole = all.Without(Schema.Runs).Without(Schema.Grid);
        var below = Schema.OfTheTop.Aggregate(whole, (rest, section) => rest.Without(section));
        var differences = Listed(all.Find(Schema.Runs)!)
            .Concat(Grid.ReadAll(all.Find(Schema.Grid)!).SelectMany(g => g.Runs(below)))
            .Take(Grid.RunsMax + 1).Select(everyRun).ToList();
        if (differences.Count > Grid.RunsMax)
            throw new BadInputException($"{differences[^1].Origin}: grid: expected at most {Grid.RunsMax} runs in all, found more");

        var runs = new List<RunSettings>();
        var earlier = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var section in differences)
            runs.Add(Run(below, section, earlier));

        if (runs.Count == 0)
        {
            runs.Add(Read(BaseName, null, below));
            differences.Add(new SettingSection([], new Origin("reference.conf")));
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        var top = SettingsBinder.Read<TopSettings>(whole);
        return new ExperimentSettings(Path.GetFileNameWithoutExtension(path), folder, whole, runs, differences)
        {
            Cluster = top.Cluster.CheckedAgainst(whole),
            Campaign = top.Campaign,
        };
    }

    private static IEnumerable<SettingSection> Listed(SettingNode written)
    {
        var entries = (written as SettingList)?.Items
            ?? throw new BadInputException($"{written.Origin}: runs: expected a list [ {{ name = ... }} ], found {written.Shown}");
        foreach (var entry in entries)
        {
            var section = entry as SettingSection
                ?? throw new BadInputException($"{entry.Origin}: runs: expected {{ name = ... }}, found {entry.Shown}");
            LayerCheck.Check(section, inRun: true);
            yield return section;
        }
    }

    private static RunSettings Run(SettingSection below, SettingSection section, HashSet<string> earlier)
    {
        var name = Word(section, "name")
            ?? throw new BadInputException($"{section.Origin}: name: expected a name for every run, found none");
        if (!RunName().IsMatch(name))
        {
            throw new BadInputException(
                $"{section.Origin}: name: expected up to {NameMax} letters, digits, '-', '_' and, inside, '.', found {section.Find("name")!.Shown}");
        }

        if (ExperimentFolder.IsOwn(name))
            throw new BadInputException($"{section.Origin}: name: expected another name than that of a result file, found {name}");

        var from = Word(section, "from");
        if (from is not null && !(earlier.TryGetValue(from, out var listed) && listed == from))
        {
            var known = earlier.Count == 0 ? "there is none" : OneLine.Of(string.Join(", ", earlier), 300);
            throw new BadInputException(
                $"{section.Origin}: from: expected a run listed before {name} ({known}), found {section.Find("from")!.Shown}");
        }

        if (!earlier.Add(name))
            throw new BadInputException($"{section.Origin}: name: expected a name of its own for each run, found {name} twice");

        var run = Read(name, from, below.Under(section.Without("name").Without("from")));
        if (run.Attack.OtherRuns.FirstOrDefault(other => other == name || !(earlier.TryGetValue(other, out var known) && known == other)) is { } foreign)
        {
            throw new BadInputException(
                $"{run.Effective.Find(LiarCheck.List)!.Origin}: {LiarCheck.List}.of: expected a run listed before {name}, found {foreign}");
        }

        return run;
    }

    /// <summary>Makes a run of settings that were checked value by value.</summary>
    /// <exception cref="BadInputException">An attack has no kind or no rate.</exception>
    internal static RunSettings Read(string name, string? from, SettingSection effective) =>
        SettingsBinder.Read<RunSettings>(effective) with { Name = name, From = from, Effective = effective };

    private static string? Word(SettingSection section, string name) => section.Find(name) switch
    {
        null => null,
        SettingText text => text.Text,
        var other => throw new BadInputException($"{other.Origin}: {name}: expected a run's name, found {other.Shown}"),
    };

    // A name is a folder's too: no dot at its end, and never two together.
    [GeneratedRegex(@"^(?=.{1,64}\z)[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*\z")]
    private static partial Regex RunName();
}
