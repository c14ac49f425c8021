using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <content>
/// What follows from a roll: versions are made equal by the last commit, lost stages are placed, lost blocks come from their
/// other holder or, where that is lost too, all of them from a checkpoint.
/// </content>
internal partial class CentralServer
{
    private readonly HashSet<IActorRef> _behind = [];
    private readonly HashSet<(long, Ballot)> _refused = [];
    private readonly Dictionary<int, StageState> _retiring = [];
    private long _digestsOf = -1;
    private BlockOrigin _origin;
    private CheckpointManifest? _manifest;
    private string? _lost;
    private string _how = "";

    private void Decide()
    {
        var holders = _present.Values.Where(p => p.Own is not null || p.Copy is not null).ToList();
        if (holders.Count == 0)
        {
            FallBack(_version > 0 ? "every holder of every block was lost" : null);
            return;
        }

        var version = VersionOf(holders);
        _last = holders.Select(p => p.Last).FirstOrDefault(c => c?.State.Version == version) ?? _last;
        _behind.Clear();
        if (version > _version) _iteration?.Close();
        Reach(version);
        if (_last?.State.Version == version)
        {
            Adopt(_last.State);
            _behind.UnionWith(holders.Where(p => p.Version == _version - 1 && p.Prepared == _last.Work).Select(p => p.Actor));
        }
        else if (holders.Find(p => p.Version == version && !p.Detectors.IsEmpty) is { } told)
        {
            _detectors = told.Detectors;
        }

        if (_behind.Count == 0)
        {
            Rebuild();
            return;
        }

        // Whoever prepared what others have stepped by gets the same commit, under this ballot (law 2: forward, never back).
        Enter(Phase.Forwarding, Forwarding, () => $"the commit of iteration {_version - 1} by {_behind.Count} that had prepared it");
        foreach (var holder in _behind) holder.Tell(_last! with { Ballot = _ballot });
    }

    // The highest: what one has stepped to, all step to.
    protected virtual long VersionOf(IEnumerable<StageState> holders) => holders.Max(p => p.Version);

    // What the server before this one knew. This one's clock may be ahead of what it told, never behind.
    private void Adopt(ServerState state)
    {
        _attempts = state.Attempts;
        _eventLogLength = state.EventLogLength;
        _detectors = state.Detectors;
        if (state.Trained > _trained) _trained = state.Trained;
    }

    private void Forwarding()
    {
        Receive<Committed>(m =>
        {
            if (m.Work != _last!.Work || !_behind.Remove(Sender)) return;
            Heard();
            _present[Sender] = _present[Sender] with { Version = _version, Own = m.Own, Copy = m.Copy, Prepared = null };
            if (_behind.Count == 0) Rebuild();
        });
        Always();
    }

    private void Rebuild()
    {
        var differing = Differing();
        _doubted.UnionWith(differing);
        var holders = _present.Values.Where(p => p.Version == _version).ToList();
        var owners = holders.Where(p => p.Own is not null).ToLookup(p => p.Stage);
        var copiers = holders.Where(p => p.Copy is not null).ToLookup(p => _setup.CopyHeldBy(p.Stage));
        var sources = Enumerable.Range(0, Plan.Stages).ToDictionary(b => b, b => Source(b, owners[b].FirstOrDefault(), copiers[b].FirstOrDefault()));
        var lost = sources.Where(s => s.Value is null).Select(s => s.Key).ToImmutableSortedSet();
        if (!lost.IsEmpty)
        {
            FallBack(
                !differing.IsEmpty ? $"the holders of {Blocks(differing)} have different states"
                : _doubted.Count > 0 ? _trouble
                : $"{Blocks(lost)} {(lost.Count == 1 ? "was" : "were")} lost with every holder");
            return;
        }

        _origin = BlockOrigin.Transfer;
        _manifest = null;
        _digests = [.. sources.Values.Select(s => s!.Value.Digest)];
        _digestsOf = _version;
        Settle([.. sources.Values.Select(s => s!.Value.Holder)]);
    }

    // A server before this one may have found out that they differ, and not have come to do anything about it.
    private ImmutableSortedSet<int> Differing()
    {
        if (_digestsOf == _version || Plan.RelativeTolerance > 0 || _setup.Remedy.OwnerStands) return [];
        var holders = _present.Values.Where(p => p.Version == _version).ToList();
        return
        [
            .. from owner in holders
               from copier in holders
               let block = owner.Stage
               where _setup.CopyHeldBy(copier.Stage) == block && owner.Own is not null && copier.Copy is not null && owner.Own != copier.Copy
                   && (_last?.State.Version != _version || !_last.Stale.Contains(block))
               select block,
        ];
    }

    // The owner first; a copy only where it is sure to be like the original, by the last commit or by the digest after it.
    private (StageState Holder, UInt128 Digest)? Source(int block, StageState? owner, StageState? copier)
    {
        if (_doubted.Contains(block)) return null;
        if (owner is not null) return (owner, owner.Own!.Value);
        if (copier is null) return null;
        var known = _digestsOf == _version ? _digests[block] : (UInt128?)null;
        var trusted = known is null ? _last?.State.Version != _version || !_last.Stale.Contains(block)
            : known == copier.Copy || Plan.RelativeTolerance > 0;
        return trusted ? (copier, copier.Copy!.Value) : null;
    }

    // Back to the newest checkpoint that is whole; the one of version 0 is drawn, or read, again.
    private void FallBack(string? lost)
    {
        _lost = lost;
        _manifest = _setup.Ports.Store?.Whole(Plan.Name, trouble => Tell(new CheckpointWritten(_version, trouble)))
            .FirstOrDefault(m => !_refused.Contains((m.Version, m.Ballot)));
        if (_manifest?.Ballot.Counter >= _ballot.Counter)
        {
            // What is written from here on must outrank what was written before.
            _ballot = new Ballot(_manifest.Ballot.Counter, _here);
            CallRoll(_trouble!);
            return;
        }

        _origin = _manifest is null ? BlockOrigin.Initial : BlockOrigin.Checkpoint;
        _version = _manifest?.Version ?? 0;
        if (_manifest is not null)
        {
            _storedVersion = _version;
            Adopt(_manifest.State);
        }
        else
        {
            _detectors = [];
        }

        _last = null;
        _digestsOf = -1;
        _doubted.Clear();
        foreach (var stage in _present.Values.ToArray()) Drop(stage.Node, stage.Actor);
        Settle([]);
    }

    // Every stage gets its place: it keeps the one it has unless its node holds more than its share.
    private void Settle(ImmutableArray<StageState> sources)
    {
        var held = new Dictionary<int, NodeId>();
        foreach (var outdated in _present.Values.Where(p => p.Version != _version).ToArray()) Drop(outdated.Node, outdated.Actor);
        foreach (var stage in _present.Values.OrderBy(p => p.Own is null).ThenBy(p => p.Actor.Path.ToString(), StringComparer.Ordinal))
            held.TryAdd(stage.Stage, stage.Node);
        if (Place(held) is not { } placement)
        {
            AwaitRoom();
            return;
        }

        _placement = placement;
        _sources = sources;
        _retiring.Clear();
        _ready.Clear();
        foreach (var stage in _present.Values.OrderBy(p => p.Own is null).ToArray())
        {
            if (placement[stage.Stage] == stage.Node && _ready.TryAdd(stage.Stage, stage)) continue;
            if (!_retiring.TryAdd(stage.Stage, stage)) Drop(stage.Node, stage.Actor);
        }

        Enter(Phase.Placing, Placing, () => PassLedger.Stages([.. Enumerable.Range(0, Plan.Stages).Where(s => !_ready.ContainsKey(s))]) + " to be built");
        OrderStages();
        if (_ready.Count == Plan.Stages) Wire();
    }

    // Given again, an order makes no second stage.
    private void OrderStages()
    {
        foreach (var stage in Enumerable.Range(0, Plan.Stages).Where(s => !_ready.ContainsKey(s)))
            Give(_placement[stage], new PlaceStage(_ballot, _run, stage, _origin, _version, _manifest, Self));
    }

    private void Give(NodeId node, PlaceStage stage)
    {
        _spares.Remove(node);
        _nodes[node].Actor.Tell(stage);
    }

    private ImmutableArray<NodeId>? Place(IReadOnlyDictionary<int, NodeId> held) =>
        _seats.Of(held, _mute.Union(_leaving).ToHashSet()) ?? _seats.Of(held, _mute);

    private void AwaitRoom()
    {
        if (_phase == Phase.Homeless) return;
        Enter(Phase.Homeless, Homeless, () => $"room for {Plan.Stages} stages: {ToJoin(1)} ({_lost ?? _trouble})");
        Timers.StartSingleTimer(nameof(RoomOver), new RoomOver(_ballot), Plan.RoomTimeout);
        if (_interrupted) InterruptWaiting();
    }

    private void Homeless()
    {
        Receive<RoomOver>(m => m.Ballot == _ballot, _ =>
        {
            var room = _nodes.Where(n => !_mute.Contains(n.Key)).Sum(n => (long)n.Value.Capacity.Stages);
            var mute = _nodes.Keys.Count(_mute.Contains);
            Fail($"no room: {Plan.Stages} stages, and the {_nodes.Count} nodes that are left have room for {room}"
                + (mute > 0 ? $" without the {mute} that did not answer" : "")
                + $"; waited {Plan.RoomTimeout.TotalSeconds:0} s (recovery.room-timeout) for another ({_lost ?? _trouble})");
        });
        Always();
    }

    private void Placing()
    {
        Receive<StageState>(m => Counts(m.Ballot, m.Node) && !_present.ContainsKey(m.Actor), m =>
        {
            Heard();
            if (_dropped.Contains(m.Actor)) return;
            _ready[m.Stage] = m;
            _present[m.Actor] = m;
            if (_ready.Count == Plan.Stages) Wire();
        });
        Always();
    }

    // Where everybody is, then what they lack.
    private void Wire()
    {
        _stages = [.. _ready.Values.Select(r => r.Actor)];
        var wiring = new Wiring(_ballot, _stages, _placement, _detectors);
        Link.Expect(Plan, _ballot, _placement);
        foreach (var stage in _stages.Concat(_retiring.Values.Select(r => r.Actor))) stage.Tell(wiring);
        if (_origin != BlockOrigin.Transfer)
        {
            _digests = [.. _ready.Values.Select(r => r.Own!.Value)];
            _digestsOf = _version;
            _sources = [.. _ready.Values];
            CheckAgainstShards();
        }

        CurrentWork = new StepId(_ballot, _version, Purpose.Evaluation, _replay, 0, 0);
        var lacking = Lacking();
        _how = Told(lacking);
        Transfer(Phase.Rebuilding, lacking, Resume);
    }

    // What stages have not got, or not as the owner has it.
    private ImmutableArray<SendBlock> Lacking()
    {
        var lacking = ImmutableArray.CreateBuilder<SendBlock>();
        foreach (var stage in _ready.Values)
        {
            if (stage.Own is null) lacking.Add(new SendBlock(CurrentWork, stage.Stage, stage.Stage, stage.Actor));
            if (_setup.CopyHeldBy(stage.Stage) is { } block && !CopyStands(stage, block))
                lacking.Add(new SendBlock(CurrentWork, block, stage.Stage, stage.Actor));
        }

        return lacking.ToImmutable();
    }

    private bool CopyStands(StageState stage, int block) => stage.Copy is { } digest
        && (digest == _digests[block] || (Plan.RelativeTolerance > 0 && _last?.Stale.Contains(block) != true));

    private void CheckAgainstShards()
    {
        foreach (var shard in _manifest?.Shards ?? [])
        {
            if (_manifest!.Shards.Length == Plan.Stages && shard.StateDigest != _digests[shard.Block])
                throw new InvalidOperationException(
                    $"block {shard.Block} was read from the checkpoint of version {_version} with another state than was written");
        }
    }

    private void Resume()
    {
        foreach (var retired in _retiring.Values) Drop(retired.Node, retired.Actor);
        _retiring.Clear();
        var took = _setup.Ports.Clock.GetElapsedTime(_troubleBegan);
        if (_began || _origin == BlockOrigin.Transfer)
            Tell(new RecoveryEnded(_version, _how, _placement, took) { Reason = string.Join("; then ", _troubles), IsMove = _moves });
        else
            Tell(new RunStarted(_placement) { Took = took });
        _began = true;
        _trouble = null;
        _lost = null;
        _waits.Clear();
        // A server that is new tells what the one before it may not have come to tell.
        if (_last is { } last && last.State.Version == _version)
        {
            Tell(last.Record with { Elapsed = last.State.Trained });
        }

        GoOn();
    }

    private string Told(ImmutableArray<SendBlock> transfers) => _origin switch
    {
        BlockOrigin.Checkpoint => $"all blocks from the checkpoint of version {_version}{(_lost is null ? "" : $", since {_lost}")}",
        BlockOrigin.Initial => $"all blocks from version 0{(_lost is null ? "" : $", since {_lost}")}",
        _ when transfers.IsEmpty => "nothing had to be restored",
        _ => string.Join(", ", transfers.Select(t => $"block {t.Block} on {_placement[t.To]} from {_sources[t.Block].Node}")),
    };

    private sealed record RoomOver(Ballot Ballot);
}
