using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>fuzz-frames</c>: randomly corrupted frames of tensor lanes, which must be accepted or refused without leaks.</summary>
internal static class FuzzFramesCommand
{
    private const double MiB = 1 << 20;

    public static Command Make(TextWriter output)
    {
        var count = PositiveOption.Of("--count", 1_000_000, "Number of streams of one to three frames.");
        var seed = PositiveOption.Of("--seed", 1, "Seed of the corruptions.");
        var command = new Command("fuzz-frames", "Corrupted frames of tensor lanes; exit code 1 if one is neither accepted nor refused, or leaks memory.")
        {
            count, seed,
        };
        command.SetAction(parsed => Run(parsed.GetValue(count), parsed.GetValue(seed), output));
        return command;
    }

    private static int Run(int count, int seed, TextWriter output)
    {
        HostileFrames[] frames = [.. HostileFrames.Remedies.Select(remedy => new HostileFrames(remedy))];
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        var (ends, taken) = (new long[Enum.GetValues<FramesEnd>().Length], 0L);
        var (residentAtFirst, done) = (0L, 0);
        for (; done < count; done++)
        {
            if (done == count / 100) residentAtFirst = Machine.PeakResident;
            var lane = frames[done % frames.Length];
            var bytes = lane.Make(random.Next);
            try
            {
                var (end, whole) = lane.Read(bytes);
                ends[(int)end]++;
                taken += whole;
            }
            catch (InvalidDataException e)
            {
                output.WriteLine($"FAILED after {done}, seed {seed}: {e.Message}: {Convert.ToHexString(bytes)}");
                return CommandLine.Missed;
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{done} corrupted streams in {clock.Elapsed.TotalSeconds:0} s, seed {seed}: {ends[(int)FramesEnd.Whole]} read whole, "
            + $"{ends[(int)FramesEnd.Truncated]} truncated, {ends[(int)FramesEnd.Refused]} refused, no other outcome; {taken} frames accepted; "
            + $"peak resident memory {residentAtFirst / MiB:0} MiB after a hundredth, {Machine.PeakResident / MiB:0} MiB at the end"));
        return 0;
    }
}
