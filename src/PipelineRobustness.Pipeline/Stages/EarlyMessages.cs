using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>Messages of steps that a stage has not begun yet, with their sources: whether these count follows from the placement.</summary>
internal sealed class EarlyMessages
{
    private readonly List<(IWorkMessage Message, MessageSource From)> _waiting = [];

    public void Add(IWorkMessage message, MessageSource from) => _waiting.Add((message, from));

    /// <summary>All of them come again, in their order, as from their sources; none waits any more.</summary>
    public void Return(IActorRef stage)
    {
        foreach (var (message, from) in Take())
            stage.Tell(from.Lane is { } node ? new LaneDelivery(node, (ITensorMessage)message) : message, from.Actor);
    }

    private (IWorkMessage Message, MessageSource From)[] Take()
    {
        var taken = _waiting.ToArray();
        _waiting.Clear();
        return taken;
    }

    /// <summary>Disposes of those under an earlier ballot.</summary>
    public void DropBefore(Ballot ballot)
    {
        foreach (var (message, _) in _waiting.Where(early => early.Message.Work.Ballot < ballot)) (message as IDisposable)?.Dispose();
        _waiting.RemoveAll(early => early.Message.Work.Ballot < ballot);
    }

    /// <summary>Disposes of all.</summary>
    public void Clear()
    {
        foreach (var (message, _) in Take()) (message as IDisposable)?.Dispose();
    }
}
