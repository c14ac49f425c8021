using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Running;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>What is told when an experiment is over: tables, failures, where the report lies.</summary>
internal static class Closing
{
    /// <summary>Tells it.</summary>
    /// <param name="result">What came out.</param>
    /// <param name="folder">Where it lies.</param>
    /// <param name="writer">Where it is told.</param>
    /// <param name="failures">Where failures are told: with the rest, or where nothing else is, as errors.</param>
    public static async Task TellAsync(ExperimentResult result, ExperimentFolder folder, TextWriter writer, TextWriter failures)
    {
        var console = Consoles.Over(writer);
        console.Write(ClosingTable.Of(result, console.Profile.Width));
        foreach (var matrix in RemedyMatrix.Of(result))
        {
            console.WriteLine(MatrixTable.Heading(matrix));
            console.Write(MatrixTable.Of(matrix, console.Profile.Width));
        }

        foreach (var failed in result.Runs.Where(r => r.Status == RunStatus.Failed))
            await failures.WriteLineAsync($"run {failed.Settings.Name} failed: {failed.Reason}").ConfigureAwait(false);

        if (Outcome.Memory(result) is { } memory)
            await writer.WriteLineAsync(memory).ConfigureAwait(false);

        await writer.WriteLineAsync($"report: {folder.Report}").ConfigureAwait(false);
        await writer.WriteLineAsync(Outcome.Of(result)).ConfigureAwait(false);
    }
}
