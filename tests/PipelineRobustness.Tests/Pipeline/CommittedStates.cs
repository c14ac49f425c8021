using System.Collections.Concurrent;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Records what commits tell stages of all detectors' states, in words by version.</summary>
internal sealed class CommittedStates : ITransport
{
    public ConcurrentDictionary<long, string> States { get; } = [];

    /// <summary>Messages that do not arrive.</summary>
    public Func<object, bool> Loses { get; init; } = _ => false;

    public void ToStage(IActorRef stage, object message, IActorRef sender)
    {
        if (Loses(message)) return;
        if (message is Commit commit)
        {
            var text = string.Join(' ', commit.State.Detectors.Select(state =>
                $"{Convert.ToHexString(state.Forward.AsSpan())}/{Convert.ToHexString(state.Backward.AsSpan())}"));
            // Stages may step by one commit several times; it must be the same.
            Assert.Equal(text, States.GetOrAdd(commit.State.Version, text));
        }

        stage.Tell(message, sender);
    }

    public void ToServer(IActorRef server, object message, IActorRef sender) => server.Tell(message, sender);
}
