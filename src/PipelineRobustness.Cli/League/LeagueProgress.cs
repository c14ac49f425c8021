using PipelineRobustness.Experiments.League;

namespace PipelineRobustness.Cli.League;

/// <summary>Prints how far a league is, every few seconds.</summary>
/// <param name="plan">What is to be done.</param>
/// <param name="writer">Where it is printed.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="workers">How many cells are worked at a time.</param>
internal sealed class LeagueProgress(LeaguePlan plan, TextWriter writer, TimeProvider clock, int workers)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly long _began = clock.GetTimestamp();
    private readonly int _jobs = plan.Parents.Count + plan.Left.Count;

    // Jobs done, and when a line was printed last; changed by one call at a time.
    private int _done;
    private long? _printed;

    /// <summary>A job was done.</summary>
    public void Did(string job, LeagueResults results)
    {
        _done++;
        if (_done < _jobs && _printed is { } last && clock.GetElapsedTime(last) < Silence) return;
        _printed = clock.GetTimestamp();
        var cells = results.Rows.Count - plan.Begun.Rows.Count;
        writer.WriteLine($"{job}: {Amount.Count(cells)} of {Amount.Count(plan.Left.Count)} cells{Remaining(cells)}");
    }

    private string Remaining(int cells) => cells < workers || _done == _jobs ? ""
        : $", about {Amount.Time(clock.GetElapsedTime(_began) / _done * (_jobs - _done))} left";
}
