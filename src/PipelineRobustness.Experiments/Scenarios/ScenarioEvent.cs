using System.Globalization;
using System.Text.RegularExpressions;
using PipelineRobustness.Adversity;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>Reads one event of a scenario.</summary>
internal sealed partial class ScenarioEvent
{
    private const string At = EventShape.At;
    private const string Every = EventShape.Every;

    private static readonly string[] Words = [.. ScenarioWords.Kinds.Keys, .. EventShape.Of.Values.SelectMany(shape => shape.Beside).Distinct()];

    private static readonly Duration Times = new(OrNone: true);

    private static readonly TimeSpan LeastBetween = TimeSpan.FromMilliseconds(1);

    private readonly SettingSection _section;
    private readonly SectionWords _words;
    private readonly string _key;
    private readonly FailureKind _kind;
    private readonly EventShape _shape;

    private ScenarioEvent(SettingSection section)
    {
        (_section, _words) = (section, new SectionWords(section));
        _words.ThrowIfUnknown(Words);
        string[] kinds = [.. section.Items.Select(i => i.Key).Where(ScenarioWords.Kinds.ContainsKey)];
        if (kinds.Length != 1)
            throw new BadInputException($"{section.Origin}: expected one of {string.Join(", ", ScenarioWords.Kinds.Keys)}, found {kinds.Length} of them");

        _key = kinds[0];
        _kind = ScenarioWords.Kinds[_key];
        _shape = EventShape.Of[_kind];
    }

    /// <summary>The failure that a section tells of.</summary>
    /// <exception cref="BadInputException">Something in it is wrong, or could never come, or would do nothing.</exception>
    public static Failure Read(SettingSection section) => new ScenarioEvent(section).Failure();

    private Failure Failure()
    {
        if (_shape.IsAtWork && _section.Find(Every) is not null) throw NoInstant(Every);
        _words.ThrowIfForeign(_key, _shape.Beside);
        var target = (Target)_words.Value(_key, _shape.Whom)!;
        var said = _shape.Words.Select(word => (word.Name, Value: _words.Value(word.Name, word.Kind)))
            .Where(word => word.Value is not null).ToDictionary(word => word.Name, word => word.Value!);
        if (_shape.Needs.FirstOrDefault(word => !said.ContainsKey(word.Name)) is { } missing) throw _words.Bad(missing.Name, missing.Kind.Expected);

        T Said<T>(string word, T otherwise) => said.TryGetValue(word, out var value) ? (T)value : otherwise;
        var failure = When(new Failure
        {
            Kind = _kind,
            Target = target,
            Lasts = Said(EventShape.For, TimeSpan.Zero),
            Factor = Said(EventShape.Factor, 1.0),
            Count = (int)Said(EventShape.Count, 1L),
            Part = ScenarioWords.Parts[Said(EventShape.Part, ScenarioWords.Of(CorruptedPart.Activation))],
            Pattern = ScenarioWords.Patterns[Said(EventShape.Pattern, ScenarioWords.Of(CorruptionPattern.OneBit))],
            WakesUp = Said(EventShape.WakesUp, false),
            Where = $"{_section.Origin}",
        });
        if (_kind == FailureKind.Crash) ThrowIfNobodyWakes(failure);
        return failure;
    }

    private Failure When(Failure failure)
    {
        var (at, every) = (_words.Text(At), (TimeSpan?)_words.Value(Every, new Duration()));
        if (_shape.IsAtWork && at is null) throw NoInstant(At);
        if ((at is null) == (every is null))
            throw new BadInputException($"{_section.Origin}: expected one of {At} and {Every}, found {(at is null ? "neither" : "both")}");

        // Else a day that nobody sees the end of.
        if (every < LeastBetween) throw _words.Bad(Every, $"{LeastBetween.TotalMilliseconds:0}ms or more between two");

        var after = at is null ? null : (TimeSpan?)Times.Read(at);
        if (_shape.IsAtWork && after is not null) throw NoInstant(At);
        return failure with { After = after, Every = every, At = at is null || after is not null ? null : Instant(at, failure) };
    }

    private Instant Instant(string text, Failure failure)
    {
        var match = InstantForm().Match(text);
        if (!match.Success || (match.Groups[2].Success && !ScenarioWords.Phases.ContainsKey(match.Groups[2].Value)))
            throw _words.Bad(At, $"{Times.Expected}, or iteration N, then forward, backward, prepared or committed, then micro-batch M");

        var phase = match.Groups[2].Success ? ScenarioWords.Phases[match.Groups[2].Value] : Phase.Forward;
        if (failure.Kind == FailureKind.Corrupt && EventShape.PhaseOf(failure.Part) is var changes && changes != phase)
            throw _words.Bad(At, $"iteration N, {ScenarioWords.Of(changes)}, since that is where {ScenarioWords.Of(failure.Part)} can change");

        if (match.Groups[3].Success && phase is not (Phase.Forward or Phase.Backward))
            throw _words.Bad(At, $"no micro-batch, since all are behind a stage that has {ScenarioWords.Of(phase)}");

        return new Instant(Whole(match.Groups[1]), phase, match.Groups[3].Success ? Whole(match.Groups[3]) : null);
    }

    private void ThrowIfNobodyWakes(Failure failure)
    {
        if (_section.Find(EventShape.WakesUp) is { } wakes && failure.Target.Kind != TargetKind.Server)
            throw SectionWords.Bad(wakes, EventShape.WakesUp, $"{_key} = \"the server\" beside it", $"{failure.Target}");

        if (failure.Lasts > TimeSpan.Zero && !failure.WakesUp) throw _words.Bad(EventShape.For, $"{EventShape.WakesUp} = true beside it");
    }

    private BadInputException NoInstant(string key) => _words.Bad(key, $"iteration N, since {_key} befalls a stage at its work");

    private static int Whole(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^iteration ([0-9]{1,9})(?:, ([a-z]+))?(?:, micro-batch ([0-9]{1,6}))?\z")]
    private static partial Regex InstantForm();
}
