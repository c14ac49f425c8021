using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Running;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>What is written and printed when an experiment is over: the report; tables, failures, the report's path.</summary>
internal static class Summary
{
    /// <summary>Writes the report and prints the rest, which a full disk does not keep back.</summary>
    /// <param name="result">The results.</param>
    /// <param name="experiment">What was run.</param>
    /// <param name="folder">Their folder.</param>
    /// <param name="writer">The console.</param>
    /// <param name="failures">Where failures go: with the rest or, if nothing else is printed, to the errors.</param>
    /// <returns>Why the report could not be written; null if it was.</returns>
    public static async Task<string?> WriteAsync(
        ExperimentResult result, PreparedExperiment experiment, ExperimentFolder folder, TextWriter writer, TextWriter failures)
    {
        var trouble = WriteReport(result, experiment, folder);
        var console = Consoles.Over(writer);
        console.Write(SummaryTable.Of(result, console.Profile.Width));
        foreach (var matrix in RemedyMatrix.Of(result))
        {
            console.WriteLine(MatrixTable.Heading(matrix));
            console.Write(MatrixTable.Of(matrix, console.Profile.Width));
        }

        foreach (var failed in result.Runs.Where(r => r.Status == RunStatus.Failed))
            await failures.WriteLineAsync($"run {failed.Settings.Name} {(failed.IsBegun ? "failed: " : "")}{failed.Reason}").ConfigureAwait(false);

        // The others were printed at the start.
        foreach (var note in result.Runs.SelectMany(r => r.SavingNotes).Except(experiment.Runs.SelectMany(r => r.ModelNotes)))
            await writer.WriteLineAsync($"note: {note}").ConfigureAwait(false);

        if (ResultText.Memory(result) is { } memory)
            await writer.WriteLineAsync(memory).ConfigureAwait(false);

        if (trouble is null)
            await writer.WriteLineAsync($"report: {folder.Report}").ConfigureAwait(false);
        else
            await failures.WriteLineAsync($"no report: {trouble}").ConfigureAwait(false);

        await writer.WriteLineAsync(ResultText.Of(result)).ConfigureAwait(false);
        return trouble;
    }

    private static string? WriteReport(ExperimentResult result, PreparedExperiment experiment, ExperimentFolder folder)
    {
        try
        {
            ReportPage.Write(result, experiment, folder);
            return null;
        }
        catch (NotSavedException e)
        {
            return e.Message;
        }
    }
}
