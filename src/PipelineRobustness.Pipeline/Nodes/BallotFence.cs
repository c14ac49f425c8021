using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>
/// The highest ballot that a node or a stage has seen (law 2), and the server that spoke under it first, which alone is obeyed under it. It
/// fences off a paused server that resumes after it was replaced.
/// </summary>
internal sealed class BallotFence(Ballot first, IActorRef leader)
{
    private IActorRef _leader = leader;

    /// <summary>The ballot.</summary>
    public Ballot Current { get; private set; } = first;

    /// <summary>Carries out an order of the server that leads. One under an earlier ballot is answered with the ballot that was promised.</summary>
    public void Obey(Ballot ballot, IActorRef server, Action order)
    {
        if (ballot < Current)
        {
            server.Tell(new Superseded(ballot, Current));
            return;
        }

        if (ballot > Current) (Current, _leader) = (ballot, server);
        if (_leader.Equals(server)) order();
    }
}
