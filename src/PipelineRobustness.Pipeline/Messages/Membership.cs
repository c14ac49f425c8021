using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Messages;

/// <summary>What a node can carry.</summary>
/// <param name="Stages">How many stages it has room for.</param>
/// <param name="Memory">Bytes; 0 where it does not tell.</param>
/// <param name="Cores">Processor cores.</param>
/// <param name="Device">Where its stages compute: <c>cpu</c>, or <c>cuda:N</c>.</param>
[Wire("NC")]
public sealed record NodeCapacity(int Stages, long Memory = 0, int Cores = 1, string Device = "cpu");

/// <summary>A node joined.</summary>
public sealed record NodeUp(NodeId Node, NodeCapacity Capacity, IActorRef Actor);

/// <summary>A node is gone for good.</summary>
public sealed record NodeLost(NodeId Node, string Reason);

/// <summary>A node will go at a known instant.</summary>
[Wire("NL")]
public sealed record NodeLeaving(NodeId Node, DateTimeOffset Deadline);

/// <summary>Tell me of every node: first of all that are here (<see cref="NodesHere"/>), then of every change.</summary>
public sealed record SubscribeToMembership(IActorRef Subscriber);

/// <summary>Every node that is here now.</summary>
public sealed record NodesHere(ImmutableArray<NodeUp> Nodes);

/// <summary>Which run stages are started for; every node knows the experiment, this says where in it.</summary>
/// <param name="Name">The run's name.</param>
/// <param name="WindowsUsed">Training windows that the runs it goes on from have used.</param>
public sealed record RunKey(string Name, long WindowsUsed);

/// <summary>What a stage that is started begins with.</summary>
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
/// <param name="Ballot">The server's term of office.</param>
/// <param name="Run">Of which run.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Origin">What its blocks begin with.</param>
/// <param name="Version">The version that this is.</param>
/// <param name="Checkpoint">The checkpoint, where it begins with one.</param>
/// <param name="Server">The server.</param>
[Wire("PS", 2)]
public sealed record PlaceStage(
    Ballot Ballot, RunKey Run, int Stage, BlockOrigin Origin, long Version, CheckpointManifest? Checkpoint, IActorRef Server);

/// <summary>Server to node: stop this actor, a stage that was moved or lost its place.</summary>
[Wire("DS")]
public sealed record DropStage(Ballot Ballot, IActorRef Actor);

/// <summary>Server to node: a new term of office; whom have you got? Answered by the node and by each of its stages of the run.</summary>
[Wire("RC")]
public sealed record StateQuery(Ballot Ballot, RunKey Run, IActorRef Server);

/// <summary>Node to server: these of my stages will answer.</summary>
[Wire("NR")]
public sealed record NodeState(Ballot Ballot, NodeId Node, ImmutableArray<IActorRef> Stages);

/// <summary>Stage to server, when it is built and at every roll call.</summary>
/// <param name="Ballot">The term of office it answers to.</param>
/// <param name="Node">Where it is.</param>
/// <param name="Stage">Which stage.</param>
/// <param name="Actor">The stage.</param>
/// <param name="Detector">Its detector, or nobody.</param>
/// <param name="Version">The version of its state.</param>
/// <param name="Own">Digest of its block's state; null while it has none.</param>
/// <param name="Copy">Digest of its copy's state; null while it has none.</param>
/// <param name="Prepared">The pass whose gradients it has summed and kept, if any.</param>
/// <param name="Last">The commit that led to its version, if any.</param>
/// <param name="Detectors">What each stage's detector remembers at its version, where <paramref name="Last"/> does not say it.</param>
[Wire("SP", 2)]
public sealed record StageState(
    Ballot Ballot, NodeId Node, int Stage, IActorRef Actor, IActorRef Detector, long Version, UInt128? Own, UInt128? Copy,
    StepId? Prepared, Commit? Last, ImmutableArray<DetectorState> Detectors);

/// <summary>Server to node, where nothing comes any more: whom of the stages have you still got? Nothing that is under way is disturbed.</summary>
[Wire("AF")]
public sealed record StagesQuery(Ballot Ballot);

/// <summary>Node to server: these. Who is missing has failed, and the word of it was lost.</summary>
[Wire("TH")]
public sealed record StagesAlive(Ballot Ballot, NodeId Node, ImmutableArray<IActorRef> Stages);

/// <summary>Stage or node to a server whose term is over: a later one was promised.</summary>
[Wire("SU")]
public sealed record Superseded(Ballot Refused, Ballot Promised);

/// <summary>Server to nodes: the run is over, stop its stages.</summary>
[Wire("ER")]
public sealed record EndRun(Ballot Ballot);

/// <summary>Node to server: a stage is no more.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Node">Where it was.</param>
/// <param name="Reason">Why, in one line.</param>
/// <param name="WhileBuilding">Whether it never came to be.</param>
[Wire("SF")]
public sealed record StageFailed(int Stage, NodeId Node, string Reason, bool WhileBuilding);

/// <summary>Link to server: what was on its way between two nodes is lost; whoever waits for it waits in vain.</summary>
[Wire("LB")]
public sealed record LaneBroken(NodeId From, NodeId To, string Reason);
