using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PipelineRobustness.Models.Randomness;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>flips</c>: random single-byte changes of a run's checkpoint, all of which must be detected.</summary>
internal static class FlipsCommand
{
    public static Command Make(TextWriter output)
    {
        var count = PositiveOption.Of("--count", 10_000, "Number of changes.");
        var seed = PositiveOption.Of("--seed", 1, "Seed of file, position and value.");
        var command = new Command("flips", "Changed bytes in checkpoints; exit code 1 unless each is detected and the previous checkpoint used.")
        {
            count, seed,
        };
        command.SetAction(parsed => Run(parsed.GetValue(count), parsed.GetValue(seed), output));
        return command;
    }

    private static int Run(int count, int seed, TextWriter output)
    {
        using var checkpoint = new FlippedCheckpoint();
        var found = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var clock = Stopwatch.StartNew();
        for (var flip = 0; flip < count; flip++)
        {
            int Drawn(string what) => SeededRandom.Below(SeededRandom.Key((ulong)seed, what, flip), int.MaxValue);
            try
            {
                var file = checkpoint.Flip(Drawn("file"), Drawn("place"), Drawn("value"));
                found[file] = found.GetValueOrDefault(file) + 1;
            }
            catch (InvalidDataException e)
            {
                output.WriteLine($"FAILED after {flip}, seed {seed}: {e.Message}");
                return CommandLine.Missed;
            }
        }
        var (seconds, byFile, whole) = (clock.Elapsed.TotalSeconds, found.Select(one => $"{one.Value} in {one.Key}"), checkpoint.IsWhole());
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} flips of a byte in {seconds:0} s, seed {seed}: {found.Values.Sum()} detected ({string.Join(", ", byFile)})"));
        output.WriteLine(whole ? "after restoring the bytes, the checkpoint is valid" : "after restoring the bytes, the checkpoint is NOT valid");
        return whole ? 0 : CommandLine.Missed;
    }
}
