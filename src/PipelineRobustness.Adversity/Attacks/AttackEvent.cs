using System.Globalization;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>An attack that took place: from its first lie, whether that was sent, stated, reported, kept, given or shown.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt at it.</param>
/// <param name="Act">What was done falsely.</param>
/// <param name="Stage">The stage that did it.</param>
public readonly record struct AttackEvent(long Iteration, int Attempt, Act Act, int Stage) : IComparable<AttackEvent>
{
    private const string Separator = ", ";

    private static readonly Dictionary<string, Act> Acts = Enum.GetValues<Act>().ToDictionary(Word);

    /// <summary>An attack on what a stage sends in a direction.</summary>
    public AttackEvent(long iteration, int attempt, Direction direction, int stage)
        : this(iteration, attempt, direction == Direction.Forward ? Act.Forward : Act.Backward, stage)
    {
    }

    /// <summary>
    /// Attacks as a note, which the pipeline carries without reading it: <c>forward 12 0 2, backward 12 0 2</c> (act,
    /// iteration, attempt, stage). Empty where there are none.
    /// </summary>
    public static string ToNote(IEnumerable<AttackEvent> attacks) => string.Join(Separator, attacks.Select(a => string.Create(
        CultureInfo.InvariantCulture, $"{Word(a.Act)} {a.Iteration} {a.Attempt} {a.Stage}")));

    /// <summary>The attacks of a note.</summary>
    /// <exception cref="FormatException"><see cref="ToNote"/> did not write it.</exception>
    public static IReadOnlyList<AttackEvent> Parse(string note)
    {
        ArgumentNullException.ThrowIfNull(note);
        return note.Length == 0 ? [] : [.. note.Split(Separator).Select(word => One(word, note))];
    }

    /// <inheritdoc/>
    public int CompareTo(AttackEvent other) =>
        (Iteration, Attempt, Act, Stage).CompareTo((other.Iteration, other.Attempt, other.Act, other.Stage));

    /// <summary>Whether <paramref name="left"/> is the earlier.</summary>
    public static bool operator <(AttackEvent left, AttackEvent right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is the later.</summary>
    public static bool operator >(AttackEvent left, AttackEvent right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is not the later.</summary>
    public static bool operator <=(AttackEvent left, AttackEvent right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is not the earlier.</summary>
    public static bool operator >=(AttackEvent left, AttackEvent right) => left.CompareTo(right) >= 0;

    /// <summary>
    /// The word for an act: <c>forward</c>, <c>backward</c>, <c>sum</c>, <c>step</c>, <c>transfer</c>, <c>weights</c> or, for what
    /// is shown, <c>statement</c>.
    /// </summary>
    public static string Word(Act act) => act.ToString().ToLowerInvariant();

    /// <summary>The act that a word stands for.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static Act ActOf(string word) =>
        Acts.TryGetValue(word, out var act) ? act : throw new FormatException($"expected the word for an act, found {word}");

    private static AttackEvent One(string word, string note)
    {
        var parts = word.Split(' ');
        return parts.Length == 4 && Acts.TryGetValue(parts[0], out var act) && Number(parts[1]) is { } iteration
            && Number(parts[2]) is <= int.MaxValue and { } attempt && Number(parts[3]) is <= int.MaxValue and { } stage
                ? new AttackEvent(iteration, (int)attempt, act, (int)stage)
                : throw new FormatException($"expected a note of attacks (act, iteration, attempt, stage), found {note[..Math.Min(note.Length, 60)]}");
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
