using System.Globalization;
using System.Text.RegularExpressions;
using PipelineRobustness.Adversity;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>Reads one event of a scenario.</summary>
internal sealed partial class ScenarioEvent
{
    private static readonly string[] Words =
        [.. ScenarioWords.Kinds.Keys, "at", "every", "for", "factor", "count", "part", "pattern", "wakes-up"];

    private static readonly SettingKind Durations = new Duration();
    private static readonly SettingKind Factors = new RealNumber(0.001, 1000);
    private static readonly SettingKind Counts = new WholeNumber(1, 1_000_000);

    private readonly SettingSection _section;
    private readonly SectionWords _words;

    private ScenarioEvent(SettingSection section) => (_section, _words) = (section, new SectionWords(section));

    /// <summary>The failure that a section tells of.</summary>
    /// <exception cref="BadInputException">Something in it is wrong.</exception>
    public static Failure Read(SettingSection section) => new ScenarioEvent(section).Failure();

    private Failure Failure()
    {
        _words.ThrowIfUnknown(Words);
        var kinds = _section.Items.Where(i => ScenarioWords.Kinds.ContainsKey(i.Key)).ToList();
        if (kinds.Count != 1)
            throw new BadInputException($"{_section.Origin}: expected one of {string.Join(", ", ScenarioWords.Kinds.Keys)}, found {kinds.Count} of them");

        var kind = ScenarioWords.Kinds[kinds[0].Key];
        var at = Text("at");
        var failure = new Failure
        {
            Kind = kind,
            Target = Target(kinds[0].Key, kind),
            At = at is null || Duration(at) is not null ? null : Instant(at),
            After = at is null ? null : Duration(at),
            Every = (TimeSpan?)Value("every", Durations),
            Lasts = (TimeSpan?)Value("for", Durations) ?? TimeSpan.Zero,
            Factor = (double)(Value("factor", Factors) ?? 1.0),
            Count = (int)(long)(Value("count", Counts) ?? 1L),
            Part = Word("part", ScenarioWords.Parts),
            Pattern = Word("pattern", ScenarioWords.Patterns),
            WakesUp = (bool)(Value("wakes-up", new Flag()) ?? false),
        };
        if ((at is null) == (failure.Every is null))
            throw new BadInputException($"{_section.Origin}: expected one of at and every, found {(at is null ? "neither" : "both")}");

        if (failure.At is null && kind is (FailureKind.Hang or FailureKind.OutOfMemory or FailureKind.Corrupt))
            throw Bad(at is null ? "every" : "at", $"iteration N, since {kinds[0].Key} befalls a stage at its work");

        return failure;
    }

    private Target Target(string key, FailureKind kind)
    {
        var text = Text(key)!;
        if (kind is FailureKind.Join or FailureKind.FullDisk || text is "any node") return new Target(TargetKind.AnyNode);
        if (text is "the server") return new Target(TargetKind.Server);
        if (Stage().Match(text) is { Success: true } stage) return new Target(TargetKind.Stage, Whole(stage.Groups[1]));
        return Node().IsMatch(text) ? new Target(TargetKind.Node, Node: text)
            : throw Bad(key, "stage N, node-N, any node or the server");
    }

    private Instant Instant(string text)
    {
        var match = InstantForm().Match(text);
        if (!match.Success || (match.Groups[2].Success && !ScenarioWords.Phases.ContainsKey(match.Groups[2].Value)))
            throw Bad("at", "a duration, or iteration N, then forward, backward, prepared or committed, then micro-batch M");

        return new Instant(
            Whole(match.Groups[1]), match.Groups[2].Success ? ScenarioWords.Phases[match.Groups[2].Value] : Phase.Forward,
            match.Groups[3].Success ? Whole(match.Groups[3]) : null);
    }

    private static TimeSpan? Duration(string text) => (TimeSpan?)Durations.Read(text);

    private object? Value(string key, SettingKind kind) => _words.Value(key, kind);

    private T Word<T>(string key, IReadOnlyDictionary<string, T> words)
        where T : struct => Text(key) is not { } text ? default
        : words.TryGetValue(text, out var word) ? word : throw Bad(key, string.Join(", ", words.Keys));

    private string? Text(string key) => _words.Text(key);

    private BadInputException Bad(string key, string expected) => _words.Bad(key, expected);

    private static int Whole(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^stage ([0-9]{1,4})\z")]
    private static partial Regex Stage();

    [GeneratedRegex(@"^node-[0-9]{1,5}\z")]
    private static partial Regex Node();

    [GeneratedRegex(@"^iteration ([0-9]{1,9})(?:, ([a-z]+))?(?:, micro-batch ([0-9]{1,6}))?\z")]
    private static partial Regex InstantForm();
}
