using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>fuzz</c>: checkpoints corrupted at random, which are read or refused in one line and take little memory.</summary>
internal static class FuzzCommand
{
    private const int ChangesMost = 4;
    private const int RoundsBetweenLooks = 100;

    public static Command Make(TextWriter output)
    {
        var seconds = PositiveOption.Of("--seconds", 60, "How long.");
        var seed = PositiveOption.Of("--seed", 1, "What the corruptions are drawn from.");
        var command = new Command("fuzz", "Corrupted checkpoints; exit code 1 if one is neither read nor refused in one line.") { seconds, seed };
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
        while ((read + refused) % RoundsBetweenLooks != 0 || clock.Elapsed < limit)
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
            $"{read + refused} corrupted checkpoints in {clock.Elapsed.TotalSeconds:0} s, seed {seed}: {read} read, {refused} refused, "
            + $"none otherwise; at most {allocated} managed bytes allocated at opening"));
        return 0;
    }

    private static Corruption[] Changes(Random random, bool rarely = false) => rarely && random.Next(4) > 0 ? [] :
    [
        .. Enumerable.Range(0, random.Next(ChangesMost)).Select(_ =>
            new Corruption((CorruptionKind)random.Next(Corruption.Kinds), random.Next(), random.Next())),
    ];
}
