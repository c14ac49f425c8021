using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>
/// Sends messages between nodes, and chooses pointer, lane or Akka.Remote. A tensor message is given away in every case:
/// a transport that cannot deliver it disposes of it.
/// </summary>
public interface ITransport
{
    /// <summary>Sends to a stage. May block the caller (a stage, on its own thread) while a lane is full.</summary>
    void ToStage(IActorRef stage, object message, IActorRef sender);

    /// <summary>Sends to the central server.</summary>
    void ToServer(IActorRef server, object message, IActorRef sender);

    /// <summary>A new ballot places the stages on these nodes. Transports that validate senders use this placement.</summary>
    /// <param name="plan">The run.</param>
    /// <param name="ballot">The ballot.</param>
    /// <param name="placement">The node of each stage.</param>
    /// <param name="retiring">Where the server knows of stages that give their state away, by number; nobody else need know them.</param>
    void Expect(RunPlan plan, Ballot ballot, ImmutableArray<NodeId> placement, ImmutableDictionary<int, NodeId> retiring)
    {
    }

    /// <summary>A stage or the server on this node has reached this step: messages of earlier steps are stale.</summary>
    void Begin(StepId work)
    {
    }
}

/// <summary>Within one process: the reference itself, tensors as pointers.</summary>
public sealed class LocalTransport : ITransport
{
    /// <summary>The one instance.</summary>
    public static LocalTransport Instance { get; } = new();

    private LocalTransport()
    {
    }

    /// <inheritdoc/>
    public void ToStage(IActorRef stage, object message, IActorRef sender) => stage.Tell(message, sender);

    /// <inheritdoc/>
    public void ToServer(IActorRef server, object message, IActorRef sender) => server.Tell(message, sender);
}
