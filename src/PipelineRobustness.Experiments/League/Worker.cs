using System.Diagnostics;
using System.Text.Json;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.League;

/// <summary>Works one job of a league at a time.</summary>
public interface ILeagueWorker : IAsyncDisposable
{
    /// <summary>Does a job.</summary>
    /// <param name="job">The name of a run: of a cell, or of the model that cells start with.</param>
    /// <returns>The cell's row; null for a model.</returns>
    /// <exception cref="InvalidOperationException">The job failed, or the worker has ended.</exception>
    Task<LeagueRow?> DoAsync(string job);
}

/// <summary>What a worker answers, in one line.</summary>
/// <param name="Row">The row of a cell; null for a model, or where the job failed.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
internal sealed record WorkerAnswer(LeagueRow? Row, string? Error);

/// <summary>A worker in a process of its own: CPU time is then that of the cell alone, and no cell can disturb another.</summary>
public sealed class WorkerProcess : ILeagueWorker
{
    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    /// <summary>Starts the process, which answers each line on its input with one on its output.</summary>
    public static WorkerProcess Start(string program, IEnumerable<string> arguments) => new(Process.Start(
        new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!);

    /// <inheritdoc/>
    public async Task<LeagueRow?> DoAsync(string job)
    {
        var answer = await AskAsync(job).ConfigureAwait(false);
        return answer.Error is { } error ? throw new InvalidOperationException($"{job}: {error}") : answer.Row;
    }

    /// <summary>Ends the process when it has done its job.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
    }

    private async Task<WorkerAnswer> AskAsync(string job)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(job).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
            if (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line) return LeagueJson.ReadLine<WorkerAnswer>(line);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new InvalidOperationException($"{job}: the worker answered nothing that can be read: {OneLine.Of(e.Message)}", e);
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
        throw new InvalidOperationException($"{job}: the worker ended, with exit code {_process.ExitCode}");
    }
}

/// <summary>The other end: what a worker's process does.</summary>
public static class WorkerLoop
{
    /// <summary>Does the jobs on the input, a line each, until there are no more, and answers with a line each.</summary>
    public static async Task RunAsync(LeagueSettings league, CellWork work, TextReader input, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(league);
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        var cells = league.Cells.ToDictionary(cell => cell.Run);
        var parents = league.Cells.DistinctBy(cell => cell.Parent).ToDictionary(cell => cell.Parent);
        var isWarm = false;
        while (await input.ReadLineAsync().ConfigureAwait(false) is { } job)
        {
            await output.WriteLineAsync(LeagueJson.Line(await AnswerAsync(job).ConfigureAwait(false))).ConfigureAwait(false);
            await output.FlushAsync().ConfigureAwait(false);
        }

        async Task<WorkerAnswer> AnswerAsync(string job)
        {
            try
            {
                var isCell = cells.TryGetValue(job, out var cell);
                // The first run of a process compiles as it goes, and that time would be counted as the cell's.
                if (isCell && !isWarm) await work.WorkAsync(cell).ConfigureAwait(false);
                isWarm = true;
                if (isCell) return new(await work.WorkAsync(cell).ConfigureAwait(false), null);
                await work.TrainParentAsync(parents[job]).ConfigureAwait(false);
                return new(null, null);
            }
            catch (Exception e)
            {
                return new(null, $"{e.GetType().Name}: {OneLine.Of(e.Message, 300)}");
            }
        }
    }
}
