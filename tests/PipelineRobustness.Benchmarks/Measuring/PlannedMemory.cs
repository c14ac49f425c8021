using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary>Peak memory of GPT-2 in its real size over the prediction of `plan`, each case in a child process.</summary>
internal static class PlannedMemory
{
    private const double Goal = 1.25;
    private const double MiB = 1 << 20;

    /// <summary>Measures cases, and judges each.</summary>
    /// <param name="cases">Their names, and settings in addition to those of <see cref="MemoryOfRunCommand"/>.</param>
    /// <param name="goals">Judge.</param>
    /// <param name="output">Receives a line per case.</param>
    public static void Measure(IEnumerable<(string Name, string[] Sets)> cases, Goals goals, TextWriter output)
    {
        foreach (var (name, sets) in cases)
        {
            var bytes = ChildProcess.Run([MemoryOfRunCommand.Name, .. sets]).Split(' ');
            var (peak, planned) = (double.Parse(bytes[0], CultureInfo.InvariantCulture), double.Parse(bytes[1], CultureInfo.InvariantCulture));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: planned {planned / MiB:0} MiB, peak {peak / MiB:0} MiB"));
            goals.AtMost($"peak over plan, {name}", Goal, Spread.Of([peak / planned]));
        }
    }
}
