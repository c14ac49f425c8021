using Akka.Actor;

namespace PipelineRobustness.Pipeline;

/// <content>Whom it obeys: the server of the highest ballot that it was told of.</content>
internal sealed partial class Stage
{
    private readonly PlaceStage _order;
    private readonly NodeId _node;
    private IActorRef _server;
    private Ballot _promised;

    // A server that was only paused is told so, and does no harm.
    private void Obey(Ballot ballot, Action order)
    {
        if (ballot < _promised)
        {
            Sender.Tell(new Superseded(ballot, _promised));
            return;
        }

        _promised = ballot;
        order();
    }

    // A pass under way is void under a new ballot; gradients that were prepared are kept, for they may be rolled forward.
    private void Answer(RollCall call)
    {
        _server = call.Server;
        _detector.Tell(call);
        if (_prepared is null) LetGo();
        _early.RemoveAll(Outdated);
        Tell(Present());
    }

    private bool Outdated(IWorkMessage message)
    {
        if (message.Work.Ballot >= _promised) return false;
        (message as IDisposable)?.Dispose();
        return true;
    }

    private StagePresent Present() => new(
        _promised, _node, _stage, Self, _detector, _version, _ownHeld ? OwnDigest : null, _copyHeld ? CopyDigest : null, _prepared,
        _last);
}
