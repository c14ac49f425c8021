using Akka.Actor;
using Akka.Dispatch;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>Something that happens in a simulated world at its time.</summary>
internal abstract class SimulatedEvent
{
    /// <summary>The tensors that are on their way until then.</summary>
    public virtual IDisposable? Carries => null;

    /// <summary>Who is busy until then.</summary>
    public virtual IRunnable? Wakes => null;

    /// <summary>Its time has come.</summary>
    public abstract void Happen();
}

/// <summary>Something that was asked for.</summary>
internal sealed class Call(Action action) : SimulatedEvent
{
    public override void Happen() => action();
}

/// <summary>A mailbox whose actor is busy no more.</summary>
internal sealed class Waking(SimulatedWorld world, IRunnable run, IActorRef? who) : SimulatedEvent
{
    /// <summary>The actor.</summary>
    public IActorRef? Who => who;

    public override IRunnable Wakes => run;

    public override void Happen() => world.Ready(run);
}

/// <summary>A message that is not there at once: first it leaves, where its sender was busy, then it arrives.</summary>
/// <param name="world">The world.</param>
/// <param name="deliver">Puts it into the mailbox.</param>
/// <param name="to">Whose.</param>
/// <param name="envelope">The message.</param>
/// <param name="way">Between which machines; null within one.</param>
internal sealed class InFlightMessage(SimulatedWorld world, Action<ActorCell, Envelope> deliver, ActorCell to, Envelope envelope, (string From, string To)? way)
    : SimulatedEvent
{
    /// <summary>Whether it goes to an actor of the same machine.</summary>
    public bool IsWithin => way is null;

    /// <summary>Whether it is under way.</summary>
    public bool HasLeft { get; private set; } = way is null;

    /// <summary>Who gets it.</summary>
    public IActorRef To => to.Self;

    public override IDisposable? Carries => Tensors;

    /// <summary>The tensors in it; null where there are none.</summary>
    public ITensorMessage? Tensors => envelope.Message as ITensorMessage;

    /// <summary>Between which machines; only of one that travels.</summary>
    public (string From, string To) Way => way!.Value;

    public override void Happen()
    {
        if (HasLeft)
        {
            deliver(to, envelope);
            return;
        }

        HasLeft = true;
        world.Travel(this);
    }
}
