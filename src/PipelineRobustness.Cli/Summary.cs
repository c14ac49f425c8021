using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Running;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>What is printed when an experiment is over: tables, failures, the report's path.</summary>
internal static class Summary
{
    /// <summary>Prints it.</summary>
    /// <param name="result">The results.</param>
    /// <param name="folder">Their folder.</param>
    /// <param name="writer">The console.</param>
    /// <param name="failures">Where failures go: with the rest or, if nothing else is printed, to the errors.</param>
    public static async Task PrintAsync(ExperimentResult result, ExperimentFolder folder, TextWriter writer, TextWriter failures)
    {
        var console = Consoles.Over(writer);
        console.Write(SummaryTable.Of(result, console.Profile.Width));
        foreach (var matrix in RemedyMatrix.Of(result))
        {
            console.WriteLine(MatrixTable.Heading(matrix));
            console.Write(MatrixTable.Of(matrix, console.Profile.Width));
        }

        foreach (var failed in result.Runs.Where(r => r.Status == RunStatus.Failed))
            await failures.WriteLineAsync($"run {failed.Settings.Name} {(failed.IsBegun ? "failed: " : "")}{failed.Reason}").ConfigureAwait(false);

        foreach (var note in result.Runs.SelectMany(r => r.SavingNotes).Distinct())
            await writer.WriteLineAsync($"note: {note}").ConfigureAwait(false);

        if (ResultText.Memory(result) is { } memory)
            await writer.WriteLineAsync(memory).ConfigureAwait(false);

        await writer.WriteLineAsync($"report: {folder.Report}").ConfigureAwait(false);
        await writer.WriteLineAsync(ResultText.Of(result)).ConfigureAwait(false);
    }
}
