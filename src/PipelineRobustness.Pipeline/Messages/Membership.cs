using Akka.Actor;

namespace PipelineRobustness.Pipeline;

/// <summary>What a node can carry.</summary>
/// <param name="Stages">How many stages it has room for.</param>
public sealed record NodeCapacity(int Stages);

/// <summary>A node joined.</summary>
public sealed record NodeUp(NodeId Node, NodeCapacity Capacity, IActorRef Actor);

/// <summary>A node has not been heard of for a while.</summary>
public sealed record NodeSuspected(NodeId Node);

/// <summary>A node is gone for good.</summary>
public sealed record NodeLost(NodeId Node, string Reason);

/// <summary>A node will go at a known instant.</summary>
public sealed record NodeLeaving(NodeId Node, DateTimeOffset Deadline);

/// <summary>Tell me of every node, those that are here already included.</summary>
public sealed record SubscribeToMembership(IActorRef Subscriber);

/// <summary>Server to node: start this stage and report to <paramref name="Server"/>.</summary>
public sealed record PlaceStage(int Stage, IActorRef Server);

/// <summary>Stage to server: built, weights in place; the digests of its blocks' state.</summary>
public sealed record StageReady(int Stage, IActorRef Actor, IActorRef Detector, UInt128 Own, UInt128? Copy);

/// <summary>Node to server: a stage is no more.</summary>
public sealed record StageFailed(int Stage, NodeId Node, string Reason);
