using System.Globalization;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Measures peak memory, each case in a child process, since a process's peak never decreases. The memory of runtime
/// and libraries is measured with as many stages of the smallest model, and subtracted on both sides.
/// </summary>
internal static class PeakMemory
{
    private const int Rounds = 3;
    private const double Slack = 1.03;
    private const double MiB = 1 << 20;

    public static void Measure(
        Workload workload, int stages, string remedy, ExpectedCopyCost expected, Goals goals, TextWriter output)
    {
        var (empty, none, copies) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            empty.Add(MeasureInChild(Workload.Empty(stages, workload.MicroBatches), stages, CopyPlacement.None, "off"));
            none.Add(MeasureInChild(workload, stages, CopyPlacement.None, "off"));
            copies.Add(MeasureInChild(workload, stages, CopyPlacement.Middle, remedy));
        }

        output.WriteLine(
            $"peak memory, MiB: runtime and libraries {Spread.Of(empty).Show("0")}, without copies {Spread.Of(none).Show("0")}, "
            + $"with {Spread.Of(copies).Show("0")}");
        var net = Spread.Of(Enumerable.Range(0, Rounds).Select(r => (copies[r] - empty[r]) / (none[r] - empty[r])));
        goals.AtMost("peak memory with copies over none, less runtime and libraries", Slack * expected.Work, net);
    }

    private static double MeasureInChild(Workload workload, int stages, CopyPlacement copies, string remedy) => long.Parse(
        ChildProcess.Run(
            [PeakCommand.Name, .. WorkloadOptions.Arguments(workload, stages), "--copies", $"{copies}", "--remedy", remedy]),
        CultureInfo.InvariantCulture) / MiB;
}
