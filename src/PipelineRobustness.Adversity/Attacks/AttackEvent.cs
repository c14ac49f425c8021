using System.Globalization;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>An attack that took place: from the first wrong value that was sent.</summary>
public readonly record struct AttackEvent(long Iteration, int Attempt, Direction Direction, int Stage) : IComparable<AttackEvent>
{
    private const string Forward = "forward";
    private const string Backward = "backward";
    private const string Separator = ", ";

    /// <summary>
    /// Attacks as a note, which the pipeline carries without reading it: <c>forward 12 0 2, backward 12 0 2</c> (direction,
    /// iteration, attempt, stage). Empty where there are none.
    /// </summary>
    public static string ToNote(IEnumerable<AttackEvent> attacks) => string.Join(Separator, attacks.Select(a => string.Create(
        CultureInfo.InvariantCulture, $"{(a.Direction == Direction.Forward ? Forward : Backward)} {a.Iteration} {a.Attempt} {a.Stage}")));

    /// <summary>The attacks of a note.</summary>
    /// <exception cref="FormatException"><see cref="ToNote"/> did not write it.</exception>
    public static IReadOnlyList<AttackEvent> Parse(string note)
    {
        ArgumentNullException.ThrowIfNull(note);
        return note.Length == 0 ? [] : [.. note.Split(Separator).Select(word => One(word, note))];
    }

    /// <inheritdoc/>
    public int CompareTo(AttackEvent other) =>
        (Iteration, Attempt, Direction, Stage).CompareTo((other.Iteration, other.Attempt, other.Direction, other.Stage));

    /// <summary>Whether <paramref name="left"/> is the earlier.</summary>
    public static bool operator <(AttackEvent left, AttackEvent right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is the later.</summary>
    public static bool operator >(AttackEvent left, AttackEvent right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is not the later.</summary>
    public static bool operator <=(AttackEvent left, AttackEvent right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is not the earlier.</summary>
    public static bool operator >=(AttackEvent left, AttackEvent right) => left.CompareTo(right) >= 0;

    private static AttackEvent One(string word, string note)
    {
        var parts = word.Split(' ');
        Direction? direction = parts[0] switch
        {
            Forward => Direction.Forward,
            Backward => Direction.Backward,
            _ => null,
        };
        return parts.Length == 4 && direction is { } known && Number(parts[1]) is { } iteration
            && Number(parts[2]) is <= int.MaxValue and { } attempt && Number(parts[3]) is <= int.MaxValue and { } stage
                ? new AttackEvent(iteration, (int)attempt, known, (int)stage)
                : throw new FormatException($"expected a note of attacks (direction, iteration, attempt, stage), found {note[..Math.Min(note.Length, 60)]}");
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
