using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>memory-of-run</c>, for child processes: runs an experiment with one run like the command line does, and prints
/// its peak and predicted memory in bytes.
/// </summary>
internal static class MemoryOfRunCommand
{
    public const string Name = "memory-of-run";

    private const string Text =
        """
        model.preset = gpt2
        pipeline.stages = 4
        training { micro-batches = 4, micro-batch-size = 1, sequence-length = 256 }
        evaluation.windows = 4
        """;

    public static Command Make(TextWriter output)
    {
        var sets = new Argument<string[]>("settings") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command(Name) { sets };
        command.Hidden = true;
        command.SetAction(async (parsed, _) => await output.WriteAsync(await RunAsync(parsed.GetValue(sets)!).ConfigureAwait(false)).ConfigureAwait(false));
        return command;
    }

    private static async Task<string> RunAsync(string[] sets)
    {
        var folder = Directory.CreateTempSubdirectory("memory").FullName;
        try
        {
            var file = Path.Combine(folder, "memory.conf");
            await File.WriteAllTextAsync(file, Text).ConfigureAwait(false);
            var experiment = PreparedExperiment.Prepare(ExperimentSettings.Read(file, sets, null));
            using var results = ExperimentFolder.Open(Path.Combine(folder, "out"));
            var result = await new ExperimentRunner(PipelineHost.RunAsync, TimeProvider.System).RunAsync(
                experiment, results, Name, new NullExperimentObserver(), CancellationToken.None).ConfigureAwait(false);
            var run = result.Runs.Single();
            return run is { Status: RunStatus.Done, PeakIsOfRun: true }
                ? string.Create(CultureInfo.InvariantCulture, $"{run.PeakMemory} {run.PlannedMemory}")
                : throw new InvalidOperationException(run.Reason ?? "this system does not report the peak memory of a run");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class NullExperimentObserver : IExperimentObserver
    {
        public void Began(RunSettings run)
        {
        }

        public void Happened(RunSettings run, RunEvent occurrence)
        {
        }

        public void Ended(RunResult result)
        {
        }
    }
}
