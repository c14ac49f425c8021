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

    // A new ballot voids the current pass; prepared gradients are kept, since they may be rolled forward.
    private void Answer(StateQuery query)
    {
        _server = query.Server;
        _detector.Tell(query);
        if (_prepared is null)
        {
            LetGo();
            _memory.Clear();
        }

        _early.RemoveAll(Outdated);
        Tell(Present());
    }

    private bool Outdated(IWorkMessage message)
    {
        if (message.Work.Ballot >= _promised.Current) return false;
        (message as IDisposable)?.Dispose();
        return true;
    }

    private StageState Present() => new(
        _promised.Current, _node, _stage, Self, _detector, _version, Sound(_own, _ownReported), Sound(_copy, _copyReported), _prepared, _last,
        _last?.State.Version == _version ? null : _committed, _rulings, _order.Rulings.SeatOf(_stage));

    private static UInt128? Sound(IHeldBlock? held, UInt128? reported) => reported is not null && held!.Digest == reported ? reported : null;
}
