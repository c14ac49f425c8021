using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>fuzz</c>: randomly corrupted weight files, which must be read or refused in one line, with little memory.</summary>
internal static class FuzzCommand
{
    private const int ChangesMax = 4;
    private const int RoundsPerTimeCheck = 100;

    public static Command Make(TextWriter output)
    {
        var seconds = PositiveOption.Of("--seconds", 60, "Duration.");
        var seed = PositiveOption.Of("--seed", 1, "Seed of the corruptions.");
        var command = new Command("fuzz", "Corrupted weight files; exit code 1 if one is neither read nor refused in one line.") { seconds, seed };
        command.SetAction(parsed => Run(parsed.GetValue(seconds), parsed.GetValue(seed), output));
        return command;
    }

    private static int Run(int seconds, int seed, TextWriter output)
    {
        using var checkpoint = new HostileWeightFiles();
        var random = new Random(seed);
        var limit = TimeSpan.FromSeconds(seconds);
        var clock = Stopwatch.StartNew();
        var (read, refused, allocated) = (0L, 0L, 0L);
        while ((read + refused) % RoundsPerTimeCheck != 0 || clock.Elapsed < limit)
        {
            var (whole, header, file, index) = (random.Next(4) > 0, Changes(random), Changes(random, rarely: true), Changes(random));
            if (whole)
                checkpoint.WriteWhole(header, file);
            else
                checkpoint.WriteShards(index, random.Next(2) == 0 ? header : [], file);
            try
            {
                _ = checkpoint.Reads() ? read++ : refused++;
                allocated = Math.Max(allocated, checkpoint.Allocated);
            }
            catch (InvalidDataException e)
            {
                output.WriteLine($"FAILED after {read + refused}, seed {seed}: {e.Message}");
                foreach (var change in header.Concat(file).Concat(index))
                    output.WriteLine($"  {change}");
                return CommandLine.Missed;
            }
        }
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{read + refused} corrupted weight files in {clock.Elapsed.TotalSeconds:0} s, seed {seed}: {read} read, {refused} refused, "
            + $"no other outcome; at most {allocated} managed bytes allocated by opening"));
        return 0;
    }

    private static Corruption[] Changes(Random random, bool rarely = false) => rarely && random.Next(4) > 0 ? [] :
    [
        .. Enumerable.Range(0, random.Next(ChangesMax)).Select(_ =>
            new Corruption((CorruptionKind)random.Next(Corruption.Kinds), random.Next(), random.Next())),
    ];
}
