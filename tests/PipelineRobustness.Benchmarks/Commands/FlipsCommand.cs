using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PipelineRobustness.Models.Randomness;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>flips</c>, <c>flips-evidence</c>: random single-byte changes of a run's files, all of which must be detected.</summary>
internal static class FlipsCommand
{
    public static Command Make(TextWriter output) => Make(
        "flips", "Changed bytes in checkpoints; exit code 1 unless each is detected and the previous checkpoint used.", () => new FlippedCheckpoint(), output);

    public static Command OfEvidence(TextWriter output) => Make(
        "flips-evidence", "Changed bytes in the evidence of a conviction; exit code 1 unless each is detected.", () => new FlippedEvidence(), output);

    private static Command Make(string name, string description, Func<IFlipped> open, TextWriter output)
    {
        var count = PositiveOption.Of("--count", 10_000, "Number of changes.");
        var seed = PositiveOption.Of("--seed", 1, "Seed of file, position and value.");
        var command = new Command(name, description) { count, seed };
        command.SetAction(parsed =>
        {
            using var files = open();
            return Run(files, parsed.GetValue(count), parsed.GetValue(seed), output);
        });
        return command;
    }

    private static int Run(IFlipped files, int count, int seed, TextWriter output)
    {
        var found = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var clock = Stopwatch.StartNew();
        for (var flip = 0; flip < count; flip++)
        {
            int Drawn(string what) => SeededRandom.Below(SeededRandom.Key((ulong)seed, what, flip), int.MaxValue);
            try
            {
                var file = files.Flip(Drawn("file"), Drawn("place"), Drawn("value"));
                found[file] = found.GetValueOrDefault(file) + 1;
            }
            catch (InvalidDataException e)
            {
                output.WriteLine($"FAILED after {flip}, seed {seed}: {e.Message}");
                return CommandLine.Missed;
            }
        }
        var (seconds, byFile, whole) = (clock.Elapsed.TotalSeconds, found.Select(one => $"{one.Value} in {one.Key}"), files.IsWhole());
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} flips of a byte in {seconds:0} s, seed {seed}: {found.Values.Sum()} detected ({string.Join(", ", byFile)})"));
        output.WriteLine(whole ? "after restoring the bytes, all is valid" : "after restoring the bytes, something is NOT valid");
        return whole ? 0 : CommandLine.Missed;
    }
}
