using System.Collections.Immutable;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Whether what was restored had to be: by the promise table of docs/recovery.md, and from what struck whom, where stages were,
/// and which blocks were sent. A block comes from its other holder; all go back, to the newest checkpoint, only where a block has
/// lost both; where nobody was hurt but the server, nothing is restored.
/// </summary>
internal sealed class RecoveryOracle
{
    private readonly CampaignCase _one;
    private readonly CaseRun _run;
    private ImmutableArray<NodeId> _placement = [];
    private long _version;
    private long _stored;
    private TimeSpan _since;
    private bool _leftOut;

    private RecoveryOracle(CampaignCase one, CaseRun run) => (_one, _run) = (one, run);

    /// <summary>What is not so; null where all is.</summary>
    public static string? Untrue(CampaignCase one, CaseRun run) => new RecoveryOracle(one, run).Untrue();

    private string? Untrue()
    {
        foreach (var (at, occurrence) in _run.Told)
        {
            switch (occurrence)
            {
                case RunStarted started:
                    Settle(at, started.Placement, 0);
                    break;
                case IterationCommitted commit:
                    _version = Math.Max(_version, commit.Iteration + 1);
                    break;
                case CheckpointWritten { Trouble: null } written:
                    _stored = Math.Max(_stored, written.Version);
                    break;
                case RecoveryEnded ended:
                    if (Needless(at, ended) is { } needless) return $"{at.TotalSeconds:0.000} s: {needless}";
                    Settle(at, ended.Placement, ended.Version);
                    break;
            }
        }

        var open = _run.Told.ToList().FindLastIndex(t => t.Event is RecoveryBegan);
        var closed = _run.Told.ToList().FindLastIndex(t => t.Event is RecoveryEnded or RunStarted);
        return _run.Status == RunStatus.Done && open > closed && !_run.Strikes.Any(IsOfTwoServers) ? "a recovery began and never ended" : null;
    }

    private void Settle(TimeSpan at, ImmutableArray<NodeId> placement, long version) => (_since, _placement, _version) = (at, placement, version);

    private string? Needless(TimeSpan at, RecoveryEnded ended)
    {
        var hurt = Hurt(at, ended.Took);
        // Of two servers one may come to the end, and let go of all stages, whom nobody asks any more: the other has nothing left then.
        if (ended.Version < _version && !(_version == _one.Plan.Iterations && _run.Strikes.Any(IsOfTwoServers)))
        {
            if (Enumerable.Range(0, _one.Plan.Stages).All(block => Fate.Holders(_one.Plan, block).Any(holder => !hurt.Contains(holder))))
                return $"went back from version {_version} to {ended.Version}, and every block had a holder ({ended.How})";
            if (ended.Version < _stored) return $"went back to version {ended.Version}, and there was a checkpoint of version {_stored}";
        }

        var sent = _run.Transfers.Where(t => t.At > _since && t.At <= at && !hurt.Contains(t.To)).ToList();
        return sent.Count > 0 && !NodesCameOrWent(at)
            ? $"block {sent[0].Block} was sent to stage {sent[0].To}, which nothing had befallen ({ended.How})" : null;
    }

    // Stages that may have lost what they held. Who is only late is left out of a roll once its time is over.
    private HashSet<int> Hurt(TimeSpan at, TimeSpan took)
    {
        var strikes = _run.Strikes.Where(s => s.At <= at).ToList();
        var late = took >= _one.Plan.Recovery.StateTimeout && strikes.Exists(s => !IsDeath(s.Failure.Kind) && s.Failure.Kind is not FailureKind.Join);
        _leftOut |= late;
        if (late || _placement.IsEmpty || strikes.Exists(s => s.Failure.Kind == FailureKind.Corrupt)) return [.. Enumerable.Range(0, _one.Plan.Stages)];
        var gone = Comings(at).Where(c => !c.Comes).Select(c => c.Machine)
            .Concat(strikes.Where(s => s.Failure.Kind == FailureKind.Leave).Select(s => s.Machine)).ToHashSet();
        return
        [
            .. strikes.Where(s => s.Failure.Kind == FailureKind.OutOfMemory).Select(s => s.Stage),
            .. Enumerable.Range(0, _one.Plan.Stages).Where(stage => gone.Contains(_placement[stage].Name)),
        ];
    }

    // Who was left out of a roll for being late is taken for one that has come when it is heard of again.
    private bool NodesCameOrWent(TimeSpan at) =>
        _leftOut || Comings(at).Any() || _run.Strikes.Any(s => s.At <= at && s.Failure.Kind == FailureKind.Leave);

    // Behind those who were there.
    private IEnumerable<Coming> Comings(TimeSpan at) => _run.Fate!.Comings.Skip(_one.Nodes).Where(c => c.At <= at);

    // One that was cut off may still tell what it begins when another has long gone on.
    private static bool IsOfTwoServers(Strike strike) => strike.Failure.Target.Kind == TargetKind.Server
        && (strike.Failure.Kind is FailureKind.Partition or FailureKind.Pause || strike.Failure.WakesUp);

    private static bool IsDeath(FailureKind kind) => kind is FailureKind.Crash or FailureKind.Leave or FailureKind.OutOfMemory;
}
