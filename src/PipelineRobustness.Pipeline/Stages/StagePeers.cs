using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>Where the stages of a run are, as the server has told a stage, and so which messages are theirs.</summary>
internal sealed class StagePeers
{
    private ImmutableArray<IActorRef> _stages = [];
    private ImmutableArray<NodeId> _placement = [];

    /// <summary>The ballot under which they are there.</summary>
    public Ballot Ballot { get; private set; }

    /// <summary>The address of a stage.</summary>
    public IActorRef this[int stage] => _stages[stage];

    /// <summary>The server tells of a placement.</summary>
    public void Learn(StageAddresses addresses) => (Ballot, _stages, _placement) = (addresses.Ballot, addresses.Stages, addresses.Placement);

    /// <summary>Whether a message is from a stage: from its actor, or by lane from its node.</summary>
    public bool HasSent(int stage, MessageSource source) =>
        stage >= 0 && stage < _stages.Length && source.Is(_stages[stage], _placement.ElementAtOrDefault(stage));
}
