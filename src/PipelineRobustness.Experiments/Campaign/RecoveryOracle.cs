using System.Collections.Immutable;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Whether each recovery was necessary, by the promise table of docs/recovery.md and from the injections, the placements of stages and
/// the blocks that were sent. A lost block comes from its other holder. All stages fall back to the newest checkpoint only if a block
/// has lost both holders. If only the server failed, nothing is restored.
/// </summary>
internal sealed class RecoveryOracle
{
    private readonly CampaignCase _one;
    private readonly CaseRun _run;

    // The stages' nodes since the last recovery, or the start, and when that was.
    private ImmutableArray<NodeId> _placement = [];
    private TimeSpan _since;

    // The newest version that was committed or returned to, and the newest that has a checkpoint.
    private long _version;
    private long _stored;

    // Whether a machine may have been left out of a state query for being late.
    private bool _leftOut;

    private RecoveryOracle(CampaignCase one, CaseRun run) => (_one, _run) = (one, run);

    /// <summary>The first violation; null where there is none.</summary>
    public static string? Violation(CampaignCase one, CaseRun run) => new RecoveryOracle(one, run).Violation();

    private string? Violation()
    {
        foreach (var (at, occurrence) in _run.Log)
        {
            switch (occurrence)
            {
                case RunStarted started:
                    Settle(at, started.Placement, 0);
                    break;
                case IterationCommitted commit:
                    _version = Math.Max(_version, commit.Iteration + 1);
                    break;
                case CheckpointWritten { Error: null } written:
                    _stored = Math.Max(_stored, written.Version);
                    break;
                case RecoveryEnded ended:
                    if (Needless(at, ended) is { } needless) return $"{at.TotalSeconds:0.000} s: {needless}";
                    Settle(at, ended.Placement, ended.Version);
                    break;
            }
        }

        var open = _run.Log.ToList().FindLastIndex(t => t.Event is RecoveryBegan);
        var closed = _run.Log.ToList().FindLastIndex(t => t.Event is RecoveryEnded or RunStarted);
        return _run.Status == RunStatus.Done && open > closed && !_run.Injections.Any(MayLeaveTwoServers) ? "a recovery began and did not end" : null;
    }

    private void Settle(TimeSpan at, ImmutableArray<NodeId> placement, long version) => (_since, _placement, _version) = (at, placement, version);

    private string? Needless(TimeSpan at, RecoveryEnded ended)
    {
        var damaged = Damaged(at, ended.Took);
        // Of two servers, one may finish and dismiss all stages unknown to the other, which then has none left.
        if (ended.Version < _version && !(_version == _one.Plan.Iterations && _run.Injections.Any(MayLeaveTwoServers)))
        {
            if (!IsUnsure(at, damaged)
                && Enumerable.Range(0, _one.Plan.Stages).All(block => GroundTruth.Holders(_one.Plan, block).Any(holder => !damaged.Contains(holder))))
                return $"fell back from version {_version} to {ended.Version}, and every block had a holder ({ended.How})";
            if (ended.Version < _stored) return $"fell back to version {ended.Version}, and there was a checkpoint of version {_stored}";
        }

        // A copy that was sent other gradients than the original is fetched again after the commit.
        if (_one.Plan.Defence.Rule.OwnerStands) return null;
        var sent = _run.Transfers.Where(t => t.At > _since && t.At <= at && !damaged.Contains(t.To)).ToList();
        return sent.Count > 0 && !NodesCameOrWent(at)
            ? $"block {sent[0].Block} was sent to stage {sent[0].To}, to which nothing had happened ({ended.How})" : null;
    }

    // Stages that may have lost what they held. A stage that is only late is left out of a state query that times out.
    private HashSet<int> Damaged(TimeSpan at, TimeSpan took)
    {
        var injections = _run.Injections.Where(i => i.At <= at).ToList();
        // A server may leave a stage out and be lost itself before the next one, which measures only its own time, has placed it.
        var server = injections.Where(i => i.Failure.Target.IsServer && i.At > _since).Select(i => at - i.At);
        var late = server.Append(took).Max() >= _one.Plan.Recovery.StateTimeout
            && injections.Exists(i => i.Failure.Destroys == Destruction.Nothing && !i.Failure.IsArrival);
        _leftOut |= late;
        if (late || _placement.IsEmpty || injections.Exists(i => i.Failure is IValueFailure)) return [.. Enumerable.Range(0, _one.Plan.Stages)];
        var gone = Changes(at).Where(c => !c.Joined).Select(c => c.Machine)
            .Concat(injections.Where(i => i.Failure.IsAnnounced).Select(i => i.Machine)).ToHashSet();
        return
        [
            .. _run.Truth!.LostStages.Where(lost => lost.At <= at).Select(lost => lost.Stage),
            .. Enumerable.Range(0, _one.Plan.Stages).Where(stage => gone.Contains(_placement[stage].Name)),
        ];
    }

    // Under a referee no holder is believed alone. Between a commit and its last report no server knows what both have come to, nor does a new
    // one before the next pass begins.
    private bool IsUnsure(TimeSpan at, HashSet<int> damaged)
    {
        if (!_one.Plan.Defence.Rule.IsRefereed) return false;
        var isNew = _run.Injections.Any(i => i.Failure.Target.IsServer && i.At > _since && i.At <= at);
        var known = _run.Log.Where(t => t.Event is IterationCommitted && !isNew).Select(t => t.At)
            .Concat(_run.Orders.Where(order => !order.IsCommit).Select(order => order.At));
        var stepped = _run.Orders.Where(order => order.IsCommit).Select(order => order.At);
        // Where a holder has not stepped as it was told to, they differ.
        var differ = _run.Lies.Any(lie => lie.Act == Act.Step && lie.Iteration >= _version);
        // A step that is not known to be heard is made again, where steps are audited.
        var isAudited = _one.Plan.Defence.Audit.Steps > 0;
        return (isNew || differ || isAudited || damaged.Count > 0) && Last(stepped) > Last(known);

        // The next pass may begin as soon as the recovery ends.
        TimeSpan Last(IEnumerable<TimeSpan> times) => times.Where(time => time < at).Append(TimeSpan.MinValue).Max();
    }

    // A machine that was left out of a state query for being late counts as a new machine when it reports again.
    private bool NodesCameOrWent(TimeSpan at) =>
        _leftOut || Changes(at).Any() || _run.Injections.Any(i => i.At <= at && i.Failure.IsAnnounced);

    // After the initial machines.
    private IEnumerable<MembershipChange> Changes(TimeSpan at) => _run.Truth!.MembershipChanges.Skip(_one.Nodes).Where(c => c.At <= at);

    // A server that was cut off may still report what it began, long after another has replaced it.
    private static bool MayLeaveTwoServers(Injection injection) => injection.Failure is { Target.IsServer: true, LeavesServerRunning: true };
}
