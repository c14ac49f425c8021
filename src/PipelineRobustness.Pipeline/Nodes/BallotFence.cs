using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>The highest ballot that a node or a stage was told of (law 2). A server that was only paused is told so, and does no harm.</summary>
internal sealed class BallotFence(Ballot first)
{
    /// <summary>The ballot.</summary>
    public Ballot Current { get; private set; } = first;

    /// <summary>Does what a server orders, unless a later one was promised: then the server hears of that one.</summary>
    public void Obey(Ballot ballot, IActorRef server, Action order)
    {
        if (ballot < Current)
        {
            server.Tell(new Superseded(ballot, Current));
            return;
        }

        Current = ballot;
        order();
    }
}
