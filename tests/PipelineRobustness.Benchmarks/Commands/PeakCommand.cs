using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>peak</c>, for child processes: trains a few iterations and prints the peak resident memory in bytes.</summary>
internal static class PeakCommand
{
    public const string Name = "peak";

    // Moments and clipping exist from the first step on; the second pass runs with a warm allocator.
    private const int Iterations = 3;

    public static Command Make(TextWriter output)
    {
        var workload = new WorkloadOptions();
        var copies = new Option<CopyPlacement>("--copies");
        var remedy = new Option<string>("--remedy") { DefaultValueFactory = _ => "off" };
        var command = new Command(Name) { copies, remedy };
        command.Hidden = true;
        workload.AddTo(command);
        command.SetAction(parsed =>
        {
            var (size, stages) = workload.Read(parsed);
            var plan = Plan(size, stages, Iterations, parsed.GetValue(copies), parsed.GetValue(remedy)!);
            PipelineCase.Run(size, plan, new RunPorts(), new NullObserver());
            output.WriteLine(Machine.PeakResident.ToString(CultureInfo.InvariantCulture));
        });
        return command;
    }

    public static RunPlan Plan(Workload workload, int stages, long iterations, CopyPlacement copies, string remedy) =>
        workload.Plan(stages, iterations) with { Defence = new DefenceSettings { Remedy = remedy, Copies = copies } };

    private sealed class NullObserver : IRunObserver
    {
        public void Observe(RunEvent occurrence)
        {
        }
    }
}
