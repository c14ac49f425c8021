using System.Globalization;
using System.Text.RegularExpressions;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.League;

/// <summary>Reads a league's file: an experiment's settings, and a section <c>league</c> with the entrants (docs/league.md).</summary>
public static partial class LeagueReader
{
    /// <summary>The section.</summary>
    public const string Section = "league";

    private static readonly string[] Keys = ["pretraining", "families", "seeds", "attackers", "detectors", "hurts", "checks"];

    private static readonly string[] OfAttacker = ["name", "lie", "attacks", "part", "sweep", "strengths"], OfDetector = ["name", "always", "by-lot", "never"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="BadInputException">Anything is wrong with it; the message has one line.</exception>
    public static LeagueSettings Read(string path)
    {
        var file = SettingsFile.Read(path);
        var league = file.Find(Section) as SettingSection ?? throw Bad(file.Find(Section) ?? file, Section, "a section { ... }", file.Find(Section));
        var below = file.Without(Section);
        LayerCheck.Check(below, inRun: false);
        foreach (var key in (string[])[Schema.Runs, Schema.Grid])
            if (below.Find(key) is { } runs) throw Bad(runs, key, "none in a league, whose runs are its cells", "some");

        if (league.Items.FirstOrDefault(item => !Keys.Contains(item.Key)) is { Key: { } unknown, Value: { } where })
            throw new BadInputException($"{where.Origin}: unknown setting {Section}.{unknown}; {NearestName.Hint(unknown, Keys)}");

        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        var settings = new LeagueSettings(Path.GetFileNameWithoutExtension(path), folder, below, Pretraining(league))
        {
            Families = Entries(league, "families", Family),
            Seeds = [.. Texts(league, "seeds").Select(Seed)],
            Attackers = Entries(league, "attackers", Attackers),
            Detectors = Entries(league, "detectors", Detector),
            Hurts = Number(league, "hurts", "a number above 1", number => number > 1) ?? 1.05,
            Checks = (long)(Number(league, "checks", "a number of at least 1", number => number >= 1) ?? 1),
        };
        Distinct(league, "families", settings.Families.Select(family => family.Name));
        Distinct(league, "seeds", settings.Seeds.Select(seed => seed.ToString(CultureInfo.InvariantCulture)));
        Distinct(league, "attackers", settings.Attackers.Select(attacker => attacker.Name).Prepend(LeagueSettings.NoAttack));
        Distinct(league, "detectors", settings.Detectors.Select(detector => detector.Name).Prepend(LeagueSettings.Undefended));
        Lies(league, settings);
        return settings;
    }

    private static SettingSection Pretraining(SettingSection league)
    {
        if (league.Find("pretraining") is not { } written) return new SettingSection([], league.Origin);
        return Settings(written as SettingSection ?? throw Bad(written, "league.pretraining", "a section { ... }", written), [], "training", "data");
    }

    private static IEnumerable<LeagueFamily> Family(SettingSection entry) => [new(Name(entry), Settings(entry, ["name"], "model"))];

    private static IEnumerable<LeagueDetector> Detector(SettingSection entry)
    {
        var promises = new Promises(Words(entry, "always"), Words(entry, "by-lot"), Words(entry, "never"));
        return [new(Name(entry), promises, Settings(entry, OfDetector, "defence", "checkpoint"))];
    }

    // An attacker that is swept is several: one of each strength.
    private static IEnumerable<LeagueAttacker> Attackers(SettingSection entry)
    {
        var (name, lie) = (Name(entry), Word(Text(entry, "lie")));
        var attacks = Number(entry, "attacks", "a whole number", number => number >= 0 && Math.Floor(number) == number);
        var part = Number(entry, "part", "a number above 0, at most 1", number => number is > 0 and <= 1) ?? 1;
        var settings = Settings(entry, OfAttacker, "attack");
        if (entry.Find("sweep") is null && entry.Find("strengths") is null) return [new(name, lie, null, (long?)attacks, part, settings)];
        var paths = Texts(entry, "sweep");
        return [.. Texts(entry, "strengths").Select(text => Swept(text, paths))];

        LeagueAttacker Swept(SettingText strength, IEnumerable<SettingText> swept)
        {
            var number = Parsed(strength) ?? throw Bad(strength, "strengths", "numbers", strength);
            var changed = swept.Aggregate(settings, (all, path) => Changed(all, path, strength));
            LayerCheck.Check(changed, inRun: true);
            return new LeagueAttacker(Word(strength with { Text = $"{name}-{strength.Text}" }), lie, new Strength(name, number), (long?)attacks, part, changed);
        }
    }

    private static SettingSection Changed(SettingSection settings, SettingText path, SettingText strength)
    {
        var dot = path.Text.LastIndexOf('.');
        return dot > 0 && settings.Find(path.Text[..dot]) is SettingSection
            ? settings.With(path.Text, strength)
            : throw Bad(path, "sweep", "an option of an attack that is written here, such as attack.forward.factor", path);
    }

    // A word that no attacker has would promise nothing, and nothing would show it.
    private static void Lies(SettingSection league, LeagueSettings settings)
    {
        var (where, known) = (league.Find("detectors")!, settings.Attackers.Select(attacker => attacker.Lie).ToHashSet());
        foreach (var detector in settings.Detectors)
        {
            var (always, byLot, never) = detector.Promises;
            foreach (var word in always.Concat(byLot).Concat(never))
            {
                if (!known.Contains(word))
                    throw Bad(where, "league.detectors", $"lies of attackers ({string.Join(", ", known)})", $"{word} (detector {detector.Name})");
            }
        }
    }

    private static SettingSection Settings(SettingSection entry, IReadOnlyCollection<string> own, params string[] sections)
    {
        var settings = entry with { Items = [.. entry.Items.Where(item => !own.Contains(item.Key))] };
        if (settings.Items.FirstOrDefault(item => !sections.Contains(item.Key)) is { Key: { } foreign, Value: { } where })
            throw Bad(where, OneLine.Of(foreign), $"{string.Join(", ", own.Concat(sections))} here", "another setting");

        LayerCheck.Check(settings, inRun: true);
        return settings;
    }

    private static IReadOnlyList<T> Entries<T>(SettingSection league, string key, Func<SettingSection, IEnumerable<T>> read)
    {
        var list = league.Find(key) as SettingList ?? throw Bad(league.Find(key) ?? league, $"league.{key}", "a list [ { name = ... } ]", league.Find(key));
        return [.. list.Items.SelectMany(item => read(item as SettingSection ?? throw Bad(item, $"league.{key}", "{ name = ... }", item)))];
    }

    private static string Name(SettingSection entry) => Word(Text(entry, "name"));

    private static SettingText Text(SettingSection entry, string key) =>
        entry.Find(key) as SettingText ?? throw Bad(entry.Find(key) ?? entry, key, "a word", entry.Find(key));

    private static string Word(SettingText text) => WordPattern().IsMatch(text.Text) ? text.Text
        : throw new BadInputException($"{text.Origin}: expected a word of up to 24 lower-case letters, digits, '-' and, inside, '.', found {text.Shown}");

    private static string[] Words(SettingSection entry, string key) =>
        entry.Find(key) is null ? [] : [.. Texts(entry, key).Select(Word)];

    private static IReadOnlyList<SettingText> Texts(SettingSection section, string key)
    {
        var node = section.Find(key) ?? throw Bad(section, key, "a list", "none");
        return [.. LayerCheck.Entries(node).Select(item => item as SettingText ?? throw Bad(item, key, "a list of words or numbers", item))];
    }

    private static ulong Seed(SettingText text)
    {
        var kind = Schema.Plain["seed"];
        return (ulong)(kind.Read(text.Text) ?? throw Bad(text, "seeds", kind.Expected, text));
    }

    private static double? Number(SettingSection section, string key, string expected, Func<double, bool> fits)
    {
        if (section.Find(key) is not { } node) return null;
        return node is SettingText text && Parsed(text) is { } number && fits(number) ? number : throw Bad(node, key, expected, node);
    }

    private static double? Parsed(SettingText text) =>
        double.TryParse(text.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static void Distinct(SettingSection league, string key, IEnumerable<string> names)
    {
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key is { } twice)
            throw new BadInputException($"{league.Find(key)!.Origin}: league.{key}: expected each once, found {twice} twice");
    }

    private static BadInputException Bad(SettingNode where, string key, string expected, SettingNode? found) =>
        Bad(where, key, expected, found?.Shown ?? "none");

    private static BadInputException Bad(SettingNode where, string key, string expected, string found) =>
        new($"{where.Origin}: {key}: expected {expected}, found {found}");

    [GeneratedRegex(@"^(?=.{1,24}\z)[a-z0-9]([a-z0-9-]|\.(?=[a-z0-9]))*\z")]
    private static partial Regex WordPattern();
}
