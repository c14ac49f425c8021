using System.Globalization;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity;

/// <summary>An attack that really happened: from the first lie that was sent.</summary>
public readonly record struct Attack(long Iteration, int Attempt, Direction Direction, int Stage)
{
    private const string Forward = "forward";
    private const string Backward = "backward";
    private const string Between = ", ";

    /// <summary>
    /// Attacks as a note, which travels through the pipeline without being read there: <c>forward 12 0 2, backward 12 0 2</c>
    /// (direction, iteration, attempt, stage). Empty where there are none.
    /// </summary>
    public static string ToNote(IEnumerable<Attack> attacks) => string.Join(Between, attacks.Select(a => string.Create(
        CultureInfo.InvariantCulture, $"{(a.Direction == Direction.Forward ? Forward : Backward)} {a.Iteration} {a.Attempt} {a.Stage}")));

    /// <summary>The attacks of a note.</summary>
    /// <exception cref="FormatException">It is none of <see cref="ToNote"/>'s.</exception>
    public static IReadOnlyList<Attack> Parse(string note) =>
        note.Length == 0 ? [] : [.. note.Split(Between).Select(word => One(word, note))];

    private static Attack One(string word, string note)
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
                ? new Attack(iteration, (int)attempt, known, (int)stage)
                : throw new FormatException($"expected a note of attacks (direction, iteration, attempt, stage), found {note[..Math.Min(note.Length, 60)]}");
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
