using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>What a stage computed, in virtual time.</summary>
/// <param name="Own">Its own block, in what was committed.</param>
/// <param name="Copies">The copy that it holds, in what was committed.</param>
/// <param name="Lost">What was begun and abandoned, or committed and undone.</param>
public readonly record struct StageTime(TimeSpan Own, TimeSpan Copies, TimeSpan Lost)
{
    /// <summary>All of it.</summary>
    public TimeSpan Computed => Own + Copies + Lost;

    /// <summary>Sums.</summary>
    public static StageTime operator +(StageTime left, StageTime right) =>
        new(left.Own + right.Own, left.Copies + right.Copies, left.Lost + right.Lost);
}

/// <summary>
/// Adds up what stages compute. Of all passes of an iteration only the last one is committed: the last pass of the last
/// attempt of the last retry. What was computed for an earlier one is lost.
/// </summary>
public sealed class WorkMeter
{
    private readonly Dictionary<long, Begun> _latest = [];
    private readonly Dictionary<int, TimeSpan> _lost = [];
    private readonly Dictionary<int, Piece> _last = [];
    private TimeSpan _all;

    /// <summary>A stage works.</summary>
    /// <param name="work">The piece of work.</param>
    /// <param name="begins">When it begins.</param>
    /// <param name="takes">How long it takes.</param>
    public void Add(WorkContext work, TimeSpan begins, TimeSpan takes)
    {
        var order = (work.Ballot, work.Retry, work.Attempt, work.Pass);
        if (!_latest.TryGetValue(work.Iteration, out var latest) || latest.Order.CompareTo(order) < 0)
        {
            Lose(latest);
            latest = _latest[work.Iteration] = new Begun(order);
        }

        var piece = new Piece(latest.Order == order ? latest : null, work.Block != work.Stage, begins, begins + takes);
        Add(work.Stage, piece, takes);
        _last[work.Stage] = piece;
    }

    /// <summary>Stages end, and so does what they are computing.</summary>
    /// <param name="at">When.</param>
    /// <param name="gone">Whether a stage is one of them.</param>
    public void Stop(TimeSpan at, Func<int, bool> gone)
    {
        ArgumentNullException.ThrowIfNull(gone);
        foreach (var (stage, piece) in _last.Where(last => last.Value.Ends > at && gone(last.Key)).ToArray())
        {
            Add(stage, piece, -piece.Left(at));
            _last.Remove(stage);
        }
    }

    /// <summary>What all stages have computed together until now.</summary>
    /// <param name="now">The time, not earlier than any work that was begun.</param>
    public TimeSpan Until(TimeSpan now) => _last.Values.Where(piece => piece.Ends > now).Aggregate(_all, (sum, piece) => sum - piece.Left(now));

    /// <summary>What a stage computed so far.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="committed">How many iterations are committed: what was computed for others is lost.</param>
    public StageTime Of(int stage, long committed)
    {
        var sum = new StageTime(TimeSpan.Zero, TimeSpan.Zero, _lost.GetValueOrDefault(stage));
        foreach (var (iteration, begun) in _latest)
        {
            var time = begun.Times.GetValueOrDefault(stage);
            sum += iteration < committed ? time : new StageTime(TimeSpan.Zero, TimeSpan.Zero, time.Computed);
        }

        return sum;
    }

    private void Add(int stage, Piece piece, TimeSpan time)
    {
        _all += time;
        var worked = piece.IsCopy ? new StageTime(TimeSpan.Zero, time, TimeSpan.Zero) : new StageTime(time, TimeSpan.Zero, TimeSpan.Zero);
        if (piece.Of is not { Superseded: false } begun) _lost[stage] = _lost.GetValueOrDefault(stage) + time;
        else begun.Times[stage] = begun.Times.GetValueOrDefault(stage) + worked;
    }

    private void Lose(Begun? begun)
    {
        if (begun is null) return;
        begun.Superseded = true;
        foreach (var (stage, time) in begun.Times) _lost[stage] = _lost.GetValueOrDefault(stage) + time.Computed;
    }

    // One pass of an iteration, over all stages.
    private sealed class Begun((Ballot Ballot, int Retry, int Attempt, int Pass) order)
    {
        public (Ballot Ballot, int Retry, int Attempt, int Pass) Order { get; } = order;

        public Dictionary<int, StageTime> Times { get; } = [];

        public bool Superseded { get; set; }
    }

    // What a stage computes; of no pass where a later one has begun.
    private readonly record struct Piece(Begun? Of, bool IsCopy, TimeSpan Begins, TimeSpan Ends)
    {
        // What remains to be computed, at a time before its end.
        public TimeSpan Left(TimeSpan at) => Ends - (at > Begins ? at : Begins);
    }
}
