using System.Globalization;
using System.Text.RegularExpressions;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>Reads one event of a scenario: the word of its kind with a target, when it happens, and the kind's options.</summary>
internal sealed partial class ScenarioEvent
{
    /// <summary>The word for when an event happens, once.</summary>
    public const string At = "at";

    private const string Every = "every";

    private static string[] KnownWords =>
        [.. FailureKinds.Words, At, Every, .. FailureKinds.All.SelectMany(kind => kind.Options).Select(option => option.Name).Distinct()];

    private static readonly Duration Times = new(OrNone: true);

    private static readonly TimeSpan ShortestMean = TimeSpan.FromMilliseconds(1);

    private readonly SettingSection _section;
    private readonly SectionWords _words;
    private readonly FailureKind _kind;

    private ScenarioEvent(SettingSection section)
    {
        (_section, _words) = (section, new SectionWords(section));
        _words.ThrowIfUnknown(KnownWords);
        FailureKind[] kinds = [.. section.Items.Select(i => FailureKinds.Find(i.Key)).OfType<FailureKind>()];
        if (kinds.Length != 1)
            throw new BadInputException($"{section.Origin}: expected one of {string.Join(", ", FailureKinds.Words)}, found {kinds.Length} of them");

        _kind = kinds[0];
    }

    /// <summary>The failure that a section describes.</summary>
    /// <exception cref="BadInputException">Something in it is wrong, could never happen, or would have no effect.</exception>
    public static Failure Read(SettingSection section) => new ScenarioEvent(section).Failure();

    private bool NeedsInstant => _kind.Prototype.NeedsInstant;

    private Failure Failure()
    {
        if (NeedsInstant && _section.Find(Every) is not null) throw NoInstant(Every);
        _words.ThrowIfForeign(_kind.Word, [At, .. NeedsInstant ? [] : (string[])[Every], .. _kind.Options.Select(option => option.Name)]);
        var target = (Target)_words.Value(_kind.Word, new TargetText(_kind.Prototype.Targets))!;
        var options = _kind.Options.Select(option => (option.Name, Value: _words.Value(option.Name, option.Kind!)))
            .Where(option => option.Value is not null).ToDictionary(option => option.Name, option => option.Value!);
        if (_kind.Options.FirstOrDefault(option => option.IsRequired && !options.ContainsKey(option.Name)) is { } missing)
            throw _words.Bad(missing.Name, missing.Kind!.Expected);

        var failure = When(_kind.Create(options) with { Target = target, Where = $"{_section.Origin}" });
        if (failure.Contradiction(options.Keys) is { } wrong) throw _words.Bad(wrong.Option, wrong.Expected, wrong.Found);
        return failure;
    }

    private Failure When(Failure failure)
    {
        var (at, every) = (_words.Text(At), (TimeSpan?)_words.Value(Every, new Duration()));
        if (NeedsInstant && at is null) throw NoInstant(At);
        if ((at is null) == (every is null))
            throw new BadInputException($"{_section.Origin}: expected one of {At} and {Every}, found {(at is null ? "neither" : "both")}");

        // With a shorter mean interval the simulation would hardly advance.
        if (every < ShortestMean) throw _words.Bad(Every, $"{ShortestMean.TotalMilliseconds:0}ms or more between two");

        var after = at is null ? null : (TimeSpan?)Times.Read(at);
        if (NeedsInstant && after is not null) throw NoInstant(At);
        return failure with { After = after, Every = every, At = at is null || after is not null ? null : Instant(at, failure) };
    }

    private Instant Instant(string text, Failure failure)
    {
        var match = InstantForm().Match(text);
        var named = match.Groups[2].Success ? (IterationPhase?)Words.Find(typeof(IterationPhase), match.Groups[2].Value) : IterationPhase.Forward;
        if (!match.Success || named is not { } phase)
            throw _words.Bad(At, $"{Times.Expected}, or iteration N, then forward, backward, prepared, hearing or committed, then micro-batch M");

        if (failure.OnlyPhase is var (only, reason) && only != phase)
            throw _words.Bad(At, $"iteration N, {Words.Of(only)}, since {reason}");

        if (match.Groups[3].Success && phase is not (IterationPhase.Forward or IterationPhase.Backward))
        {
            var which = phase == IterationPhase.Hearing ? "in a hearing" : $"that has {Words.Of(phase)}";
            throw _words.Bad(At, $"no micro-batch, since a stage {which} is behind all of them");
        }

        return new Instant(Whole(match.Groups[1]), phase, match.Groups[3].Success ? Whole(match.Groups[3]) : null);
    }

    private BadInputException NoInstant(string key) => _words.Bad(key, $"iteration N, since {_kind.Word} happens to a stage at work");

    private static int Whole(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^iteration ([0-9]{1,9})(?:, ([a-z]+))?(?:, micro-batch ([0-9]{1,6}))?\z")]
    private static partial Regex InstantForm();

    // A target, as the value of a kind's word.
    private sealed record TargetText(TargetSyntax Syntax) : SettingKind
    {
        public override string Expected => Syntax.Expected;

        public override object? Read(string text) => Syntax.Parse(text);
    }
}
