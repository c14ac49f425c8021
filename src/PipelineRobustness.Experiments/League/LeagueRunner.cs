using System.Collections.Concurrent;

namespace PipelineRobustness.Experiments.League;

/// <summary>Has a league worked by several workers, each with one cell at a time.</summary>
/// <param name="plan">What is to be done.</param>
/// <param name="hire">Starts a worker.</param>
/// <param name="workers">How many work at a time.</param>
/// <param name="save">Keeps results, after each cell.</param>
public sealed class LeagueRunner(LeaguePlan plan, Func<ILeagueWorker> hire, int workers, Action<LeagueResults> save)
{
    private readonly ConcurrentQueue<string> _jobs = new([.. plan.Parents, .. plan.Left.Select(cell => cell.Run)]);
    private readonly Dictionary<string, TaskCompletionSource> _parents = plan.Parents.ToDictionary(
        parent => parent, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private readonly Dictionary<string, string> _parentOf = plan.Left.ToDictionary(cell => cell.Run, cell => cell.Parent);
    private readonly Lock _gate = new();

    // What is known so far; written by the workers' loops, one at a time.
    private LeagueResults _results = plan.Begun;

    /// <summary>Works what is left. What is done stays done, however it ends.</summary>
    /// <param name="did">Called after each job, with its name and the results so far; one call at a time.</param>
    /// <param name="interrupt">Asks to begin no other job.</param>
    /// <exception cref="InvalidOperationException">A job failed; those under way have been finished.</exception>
    public async Task<LeagueResults> RunAsync(Action<string, LeagueResults> did, CancellationToken interrupt)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        save(_results);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(workers, _jobs.Count)).Select(_ => ServeAsync(did, stop))).ConfigureAwait(false);
        return _results;
    }

    private async Task ServeAsync(Action<string, LeagueResults> did, CancellationTokenSource stop)
    {
        try
        {
            var worker = hire();
            await using var _ = worker.ConfigureAwait(false);
            while (!stop.IsCancellationRequested && _jobs.TryDequeue(out var job))
            {
                // Models come first in the queue: another worker may still be training this one's.
                if (_parentOf.TryGetValue(job, out var parent) && _parents.TryGetValue(parent, out var trained))
                    await trained.Task.WaitAsync(stop.Token).ConfigureAwait(false);

                var row = await worker.DoAsync(job).ConfigureAwait(false);
                lock (_gate)
                {
                    if (row is not null) save(_results = _results.With(plan.Checked(row)));
                    did(job, _results);
                }

                if (_parents.TryGetValue(job, out var own)) own.SetResult();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
