using System.Globalization;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Peak memory, each case in a process of its own: a process's peak never goes down. What runtime and libraries take
/// is measured by a run of as many stages of the smallest model, and taken off on both sides.
/// </summary>
internal static class PeakMemory
{
    private const int Rounds = 3;
    private const double Slack = 1.03;
    private const double MiB = 1 << 20;

    public static void Measure(
        Workload workload, int stages, string remedy, ExpectedCopyCost arithmetic, Goals goals, TextWriter output)
    {
        var (empty, none, copies) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            empty.Add(OfChild(Workload.Empty(stages, workload.MicroBatches), stages, CopyPlacement.None, "off"));
            none.Add(OfChild(workload, stages, CopyPlacement.None, "off"));
            copies.Add(OfChild(workload, stages, CopyPlacement.Middle, remedy));
        }

        output.WriteLine(
            $"peak memory, MiB: runtime and libraries {Spread.Of(empty).Show("0")}, without copies {Spread.Of(none).Show("0")}, "
            + $"with {Spread.Of(copies).Show("0")}");
        var net = Spread.Of(Enumerable.Range(0, Rounds).Select(r => (copies[r] - empty[r]) / (none[r] - empty[r])));
        goals.AtMost("peak memory with copies over none, less runtime and libraries", Slack * arithmetic.Work, net);
    }

    private static double OfChild(Workload workload, int stages, CopyPlacement copies, string remedy) => long.Parse(
        ChildProcess.Run(
            [PeakCommand.Name, .. WorkloadOptions.Arguments(workload, stages), "--copies", $"{copies}", "--remedy", remedy]),
        CultureInfo.InvariantCulture) / MiB;
}
