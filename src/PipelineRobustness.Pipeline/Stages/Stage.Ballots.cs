using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Pipeline.Stages;

/// <content>Which server it obeys: the one with the highest ballot that it has seen.</content>
internal sealed partial class Stage
{
    private readonly PlaceStage _order;
    private readonly NodeId _node;
    private IActorRef _server;
    private readonly BallotFence _promised;

    private void Obey(Ballot ballot, Action order) => _promised.Obey(ballot, Sender, order);

    // A new ballot voids the current pass; prepared gradients are kept, since they may be rolled forward. A query that was repeated, and comes
    // when the stage has its place under the ballot, voids nothing.
    private void Answer(StateQuery query)
    {
        _server = query.Server;
        _detector.Tell(query);
        if (_prepared is null && query.Ballot != _peers.Ballot)
        {
            LetGo();
            _memory.Attempt.Clear();
            // Only the pass that it last stepped by may still be heard about.
            if (_last?.Work != _work) _kept.Clear();
        }

        _early.DropBefore(_promised.Current);
        Tell(Present());
    }

    private StageState Present()
    {
        var sound = Stated(_blocks.Sound);
        return new(
            _promised.Current, _node, _stage, Self, _detector, _version, sound.Own, sound.Copy, _prepared, _last,
            _last?.State.Version == _version ? null : _committed, _rulings.Known, _rulings.PlacedSeat, _rulings.Vouched);
    }
}
