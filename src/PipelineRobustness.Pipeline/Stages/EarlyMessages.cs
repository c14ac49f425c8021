using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>Messages of steps that a stage has not begun yet, with their senders.</summary>
internal sealed class EarlyMessages
{
    private readonly List<(IWorkMessage Message, IActorRef From)> _waiting = [];

    public void Add(IWorkMessage message, IActorRef from) => _waiting.Add((message, from));

    /// <summary>All of them, in the order in which they came; none waits any more.</summary>
    public IReadOnlyList<(IWorkMessage Message, IActorRef From)> Take()
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
