using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// Admission rules for incoming frames (law 5). A frame of the current ballot must fit the run's plan, come from the node of the stage
/// that sends it, and be for a stage of this node. One of an earlier ballot is stale. One of a later ballot, whose placement is not known
/// here yet, must be possible in one of the plans; its receiver holds the node that it comes from against the placement. A node never sends
/// the same frame twice, nor frames of more than a few steps ahead, so it can take only a bounded part of this node's memory. Callable from
/// any thread.
/// </summary>
public sealed class LaneRules
{
    private const int StepsAhead = 4;

    private readonly Lock _lock = new();
    private readonly NodeId _here;
    private readonly List<RunFrames> _plans;
    private readonly Dictionary<NodeId, SortedDictionary<StepId, FrameTally>> _tallies = [];
    private Expected? _current;
    private StepId? _begun;

    /// <summary>The rules of a node that knows no placement yet.</summary>
    /// <param name="here">The node.</param>
    /// <param name="plans">All runs of the experiment.</param>
    public LaneRules(NodeId here, IEnumerable<RunPlan> plans)
    {
        _here = here;
        _plans = [.. plans.Select(plan => new RunFrames(plan))];
    }

    /// <summary>
    /// A new ballot, under which stage k of this run is on the k-th node. Frames of earlier ballots are stale from now on. Another
    /// placement needs another ballot: frames under way from a stage's former node would be violations.
    /// </summary>
    public void Expect(RunPlan plan, Ballot ballot, ImmutableArray<NodeId> placement) =>
        Expect(plan, ballot, placement, ImmutableDictionary<int, NodeId>.Empty);

    /// <summary>The same where the server is on this node: stages that retire may show it their state. Of a ballot, the first word counts.</summary>
    public void Expect(RunPlan plan, Ballot ballot, ImmutableArray<NodeId> placement, ImmutableDictionary<int, NodeId> retiring)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(placement.Length, plan.Stages, nameof(placement));
        lock (_lock)
        {
            if (_current?.Ballot >= ballot) return;
            var run = _plans.Find(known => known.Plan.Name == plan.Name);
            if (run is null) _plans.Add(run = new RunFrames(plan));
            _current = new Expected(run, ballot, placement, retiring);
        }
    }

    /// <summary>A stage or server of this node has begun this step: frames of earlier ones are stale from now on.</summary>
    public void Begin(StepId work)
    {
        lock (_lock)
        {
            if (_begun is null || work > _begun) _begun = work;
        }
    }

    /// <summary>A node is gone: its counts are dropped.</summary>
    internal void Forget(NodeId node)
    {
        lock (_lock) _tallies.Remove(node);
    }

    /// <summary>Judges a frame by its header, and counts it.</summary>
    /// <returns>Its run; null if it is stale and must be skipped.</returns>
    /// <exception cref="ProtocolViolationException">It is not allowed.</exception>
    internal RunFrames? Judge(NodeId from, FrameHeader header)
    {
        lock (_lock)
        {
            var ballot = header.Work.Ballot;
            var isCurrent = _current?.Ballot == ballot;
            var run = isCurrent ? Fitting(header, [_current!.Run]) : Fitting(header, _plans);
            if (_current?.Ballot > ballot || _begun > header.Work) return null;
            if (run.IsHandedOn(header) && from != ballot.Node)
                throw new ProtocolViolationException($"what the referee hands on comes from {ballot.Node}, not from {from}");
            if (isCurrent && Misaddressed(from, header, _current!) is { } fault) throw new ProtocolViolationException(fault);
            Note(from, header, run);
            return run;
        }
    }

    private static RunFrames Fitting(FrameHeader header, IReadOnlyList<RunFrames> plans)
    {
        string? first = null;
        foreach (var run in plans)
        {
            if (run.Fault(header) is not { } fault) return run;
            first ??= fault;
        }

        throw new ProtocolViolationException(first ?? "frames come only when a run is known");
    }

    private string? Misaddressed(NodeId from, FrameHeader header, Expected expected)
    {
        var (placement, server) = (expected.Placement, header.Work.Ballot.Node);
        if (!MayComeFromElsewhere(from, header, expected) && placement[header.From] != from)
            return $"stage {header.From} is on {placement[header.From]}, not on {from}";
        if (header.Receiver == LaneEnd.Server)
            return server == _here ? null : $"the server is on {server}, not on {_here}";
        return placement[header.To] == _here ? null : $"stage {header.To} is on {placement[header.To]}, not on {_here}";
    }

    private static bool MayComeFromElsewhere(NodeId from, FrameHeader header, Expected expected) => header.Kind switch
    {
        // The server sends on what it was sent; a state is judged by its digest, whichever node it comes from.
        FrameKind.Tensor => header.Receiver == LaneEnd.Stage && from == header.Work.Ballot.Node && expected.Run.GoesThroughServer(header),
        FrameKind.Transfer => true,
        // Who shows another state than the block's is convicted, so it is the holder that shows it.
        FrameKind.State => expected.Retiring.TryGetValue(header.From, out var node) && node == from,
        _ => false,
    };

    private void Note(NodeId from, FrameHeader header, RunFrames run)
    {
        if (!_tallies.TryGetValue(from, out var works)) _tallies.Add(from, works = []);
        if (!works.TryGetValue(header.Work, out var tally))
        {
            foreach (var stale in works.Keys.Where(work => _current?.Ballot > work.Ballot || _begun > work).ToList()) works.Remove(stale);
            if (works.Keys.Count(work => _begun is null || work > _begun) >= StepsAhead)
                throw new ProtocolViolationException($"no frame is more than {StepsAhead} steps ahead; {header.Work} is");
            works.Add(header.Work, tally = new FrameTally());
        }

        tally.Note(header, run.MicroBatchesMost(header.Work.Purpose));
    }

    private sealed record Expected(
        RunFrames Run, Ballot Ballot, ImmutableArray<NodeId> Placement, ImmutableDictionary<int, NodeId> Retiring);
}
