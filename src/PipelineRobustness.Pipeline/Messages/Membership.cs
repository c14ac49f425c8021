using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Pipeline.Messages;

/// <summary>What a node can carry.</summary>
/// <param name="Stages">How many stages it has room for.</param>
/// <param name="Memory">Bytes; 0 if unknown.</param>
/// <param name="Cores">Processor cores.</param>
/// <param name="Device">Where its stages compute: <c>cpu</c>, or <c>cuda:N</c>.</param>
[Wire("NC")]
public sealed record NodeCapacity(int Stages, long Memory = 0, int Cores = 1, string Device = "cpu");

/// <summary>A node joined.</summary>
public sealed record NodeUp(NodeId Node, NodeCapacity Capacity, IActorRef Actor)
{
    /// <summary>The public key by which its stages' statements are signed; empty where no referee is asked.</summary>
    public ImmutableArray<byte> Key { get; init; } = [];
}

/// <summary>A node is gone for good.</summary>
public sealed record NodeLost(NodeId Node, string Reason);

/// <summary>A node will leave at a known time.</summary>
[Wire("NL")]
public sealed record NodeLeaving(NodeId Node, DateTimeOffset Deadline);

/// <summary>Subscribes to nodes: first all current ones (<see cref="NodesHere"/>), then every change.</summary>
public sealed record SubscribeToMembership(IActorRef Subscriber);

/// <summary>Every node that is here now.</summary>
public sealed record NodesHere(ImmutableArray<NodeUp> Nodes);

/// <summary>The run that stages are started for, within the experiment that every node knows.</summary>
/// <param name="Name">The run's name.</param>
/// <param name="WindowsUsed">Training windows used by the runs that this run continues.</param>
public sealed record RunKey(string Name, long WindowsUsed);

/// <summary>The state that a new stage starts from.</summary>
public enum BlockOrigin
{
    /// <summary>Version 0: drawn from the seed, or read from the model's or the earlier run's folder.</summary>
    Initial,

    /// <summary>A checkpoint.</summary>
    Checkpoint,

    /// <summary>Nothing yet: other holders will send their state.</summary>
    Transfer,
}

/// <summary>Server to node: start this stage and report to <paramref name="Server"/>.</summary>
/// <param name="Ballot">The server's ballot.</param>
/// <param name="Run">The run.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Origin">The state that its blocks start from.</param>
/// <param name="Version">The version of that state.</param>
/// <param name="Checkpoint">The checkpoint, if it starts from one.</param>
/// <param name="Server">The server.</param>
/// <param name="Rulings">The rulings of the run: the stage's seat follows from them.</param>
[Wire("PS", 5)]
public sealed record PlaceStage(
    Ballot Ballot, RunKey Run, int Stage, BlockOrigin Origin, long Version, CheckpointManifest? Checkpoint, IActorRef Server, Rulings Rulings);

/// <summary>Server to node: stop this actor, a stage that was moved or lost its place.</summary>
[Wire("DS")]
public sealed record DropStage(Ballot Ballot, IActorRef Actor);

/// <summary>Server to node: a new ballot; report your stages. Answered by the node and by each of its stages of the run.</summary>
[Wire("RC")]
public sealed record StateQuery(Ballot Ballot, RunKey Run, IActorRef Server);

/// <summary>Node to server: these of my stages will answer.</summary>
/// <param name="Ballot">The ballot it answers to.</param>
/// <param name="Node">The node.</param>
/// <param name="Stages">Its stages of the run.</param>
/// <param name="Fingerprint">What its processor gives for the run; null where the run compares no bytes.</param>
[Wire("NR", 2)]
public sealed record NodeState(Ballot Ballot, NodeId Node, ImmutableArray<IActorRef> Stages, UInt128? Fingerprint);

/// <summary>Stage to server, when it is built and at every state query.</summary>
/// <param name="Ballot">The ballot it answers to.</param>
/// <param name="Node">Where it is.</param>
/// <param name="Stage">Which stage.</param>
/// <param name="Actor">The stage.</param>
/// <param name="Detector">Its detector, or <see cref="ActorRefs.Nobody"/>.</param>
/// <param name="Version">The version of its state.</param>
/// <param name="Own">Digest of its block's state; null while it has none.</param>
/// <param name="Copy">Digest of its copy's state; null while it has none.</param>
/// <param name="Prepared">The pass whose gradients it has summed and kept, if any.</param>
/// <param name="Last">The commit that led to its version, if any.</param>
/// <param name="State">What was committed at its version, if <paramref name="Last"/> does not contain it and the stage knows it.</param>
/// <param name="Rulings">The last rulings that it has learned, by whichever message.</param>
/// <param name="Seat">The seat that it was placed on.</param>
/// <param name="Vouched">What the server last told it to be what both holders of each block have come to.</param>
[Wire("SP", 5)]
public sealed record StageState(
    Ballot Ballot, NodeId Node, int Stage, IActorRef Actor, IActorRef Detector, long Version, UInt128? Own, UInt128? Copy,
    StepId? Prepared, Commit? Last, ServerState? State, Rulings Rulings, int Seat, VouchedState? Vouched = null);

/// <summary>Server to node, after a silence: which stages are still alive? Does not disturb work in progress.</summary>
[Wire("AF")]
public sealed record StagesQuery(Ballot Ballot);

/// <summary>Node to server: the stages alive. A missing stage has failed, and its failure report was lost.</summary>
[Wire("TH")]
public sealed record StagesAlive(Ballot Ballot, NodeId Node, ImmutableArray<IActorRef> Stages);

/// <summary>Stage or node to a server whose ballot is superseded: a later one was promised.</summary>
[Wire("SU")]
public sealed record Superseded(Ballot Refused, Ballot Promised);

/// <summary>Server to nodes: the run is over, stop its stages.</summary>
[Wire("ER")]
public sealed record EndRun(Ballot Ballot);

/// <summary>Server to node: by the run's rulings the node gets no stage any more; stop its stages, and leave.</summary>
/// <param name="Ballot">The server's ballot.</param>
/// <param name="Reason">What its stages were convicted of, in one line.</param>
[Wire("QN")]
public sealed record Quarantined(Ballot Ballot, string Reason);

/// <summary>Node to server: a stage has stopped.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Node">Where it was.</param>
/// <param name="Reason">Why, in one line.</param>
/// <param name="WhileBuilding">Whether it failed while it was being built.</param>
[Wire("SF")]
public sealed record StageFailed(int Stage, NodeId Node, string Reason, bool WhileBuilding);

/// <summary>Link to server: messages in transit between two nodes are lost and will never arrive.</summary>
[Wire("LB")]
public sealed record LaneBroken(NodeId From, NodeId To, string Reason);
