using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// What may come by lane now, and from whom (law 5). Of the term of office that was told here, a frame must fit the run's plan,
/// come from the node where its sender is placed, and be for a stage of this node. Of an earlier one it is stale. Of a later one,
/// whose placement is not known here yet, it must be possible in one of the plans. In no case does the same come twice
/// from one node, nor more than the next few pieces of work: so a node takes a bounded part of this one's memory. All threads may call.
/// </summary>
public sealed class LaneRules
{
    private const int WorksAhead = 4;

    private readonly Lock _lock = new();
    private readonly NodeId _here;
    private readonly List<RunFrames> _plans;
    private readonly Dictionary<NodeId, SortedDictionary<StepId, FrameTally>> _tallies = [];
    private (RunFrames Run, Ballot Ballot, ImmutableArray<NodeId> Placement)? _current;
    private StepId? _begun;

    /// <summary>Rules for a node before it was told of any placement.</summary>
    /// <param name="here">The node that they are for.</param>
    /// <param name="plans">All runs that it may be told to work on.</param>
    public LaneRules(NodeId here, IEnumerable<RunPlan> plans)
    {
        _here = here;
        _plans = [.. plans.Select(plan => new RunFrames(plan))];
    }

    /// <summary>
    /// A new term of office: this run is worked on, with stage k on the k-th node. What is of earlier ones is stale from now on. Another
    /// placement needs another ballot: what is under way from a stage's former node would be an offence.
    /// </summary>
    public void Expect(RunPlan plan, Ballot ballot, ImmutableArray<NodeId> placement)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(placement.Length, plan.Stages, nameof(placement));
        lock (_lock)
        {
            if (_current?.Ballot > ballot) return;
            var run = _plans.Find(known => known.Plan.Name == plan.Name);
            if (run is null) _plans.Add(run = new RunFrames(plan));
            _current = (run, ballot, placement);
        }
    }

    /// <summary>A stage or server of this node is at this piece of work: what is of earlier ones is stale from now on.</summary>
    public void Begin(StepId work)
    {
        lock (_lock)
        {
            if (_begun is null || work > _begun) _begun = work;
        }
    }

    /// <summary>A node is gone, and with it what was noted of it.</summary>
    internal void Forget(NodeId node)
    {
        lock (_lock) _tallies.Remove(node);
    }

    /// <summary>Judges a frame by its header, and notes that it came.</summary>
    /// <returns>The plan that it belongs to; null where it is stale, and to be read over.</returns>
    /// <exception cref="ProtocolViolationException">It may not come.</exception>
    internal RunFrames? Judge(NodeId from, FrameHeader header)
    {
        lock (_lock)
        {
            var ballot = header.Work.Ballot;
            var told = _current is { } current && current.Ballot == ballot;
            var run = told ? Fitting(header, [_current!.Value.Run]) : Fitting(header, _plans);
            if (_current?.Ballot > ballot || _begun > header.Work) return null;
            if (told && Misaddressed(from, header, _current!.Value.Placement) is { } fault) throw new ProtocolViolationException(fault);
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

        throw new ProtocolViolationException(first ?? "frames come when a run is known");
    }

    private string? Misaddressed(NodeId from, FrameHeader header, ImmutableArray<NodeId> placement)
    {
        var server = header.Work.Ballot.Node;
        var relayed = header is { Kind: FrameKind.Tensor, Link: Link.Jump, Receiver: LaneEnd.Stage } && _current!.Value.Run.JumpsThroughServer;
        // A block that moves comes from a node which may have no stage any more.
        if (header.Kind != FrameKind.Transfer && placement[header.From] != from && !(relayed && from == server))
            return $"stage {header.From} is on {placement[header.From]}, not on {from}";
        if (header.Receiver == LaneEnd.Server)
            return server == _here ? null : $"the server is on {server}, not on {_here}";
        return placement[header.To] == _here ? null : $"stage {header.To} is on {placement[header.To]}, not on {_here}";
    }

    private void Note(NodeId from, FrameHeader header, RunFrames run)
    {
        if (!_tallies.TryGetValue(from, out var works)) _tallies.Add(from, works = []);
        if (!works.TryGetValue(header.Work, out var tally))
        {
            foreach (var stale in works.Keys.Where(work => _current?.Ballot > work.Ballot || _begun > work).ToList()) works.Remove(stale);
            if (works.Keys.Count(work => _begun is null || work > _begun) >= WorksAhead)
                throw new ProtocolViolationException($"nothing comes for more than {WorksAhead} pieces of work ahead; {header.Work} does");
            works.Add(header.Work, tally = new FrameTally());
        }

        tally.Note(header, run.MicroBatchesMost(header.Work.Purpose));
    }
}
