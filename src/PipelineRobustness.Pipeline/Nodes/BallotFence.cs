using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>The highest ballot that a node or a stage has seen (law 2). It fences off a paused server that resumes after it was replaced.</summary>
internal sealed class BallotFence(Ballot first)
{
    /// <summary>The ballot.</summary>
    public Ballot Current { get; private set; } = first;

    /// <summary>Carries out a server's order unless a later ballot was promised; then it answers with that ballot.</summary>
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
