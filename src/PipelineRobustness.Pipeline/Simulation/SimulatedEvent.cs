using Akka.Actor;
using Akka.Dispatch;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>An event of a simulated world.</summary>
internal abstract class SimulatedEvent
{
    /// <summary>The tensors that are under way until then.</summary>
    public virtual IDisposable? Carries => null;

    /// <summary>The mailbox that is busy until then.</summary>
    public virtual IRunnable? Wakes => null;

    /// <summary>Happens now.</summary>
    public abstract void Happen();
}

/// <summary>A callback.</summary>
internal sealed class Call(Action action) : SimulatedEvent
{
    public override void Happen() => action();
}

/// <summary>A mailbox whose actor is no longer busy.</summary>
internal sealed class ResumeEvent(SimulatedWorld world, IRunnable run, IActorRef? actor) : SimulatedEvent
{
    /// <summary>The actor.</summary>
    public IActorRef? Actor => actor;

    public override IRunnable Wakes => run;

    public override void Happen() => world.Ready(run);
}

/// <summary>A message that does not arrive at once: it leaves when its sender is done, and then travels.</summary>
/// <param name="world">The world.</param>
/// <param name="deliver">Puts it into the mailbox.</param>
/// <param name="to">The receiver.</param>
/// <param name="envelope">The message.</param>
/// <param name="way">The two machines; null within one.</param>
internal sealed class InFlightMessage(SimulatedWorld world, Action<ActorCell, Envelope> deliver, ActorCell to, Envelope envelope, (string From, string To)? way)
    : SimulatedEvent
{
    /// <summary>Whether it goes to an actor of the same machine.</summary>
    public bool IsWithin => way is null;

    /// <summary>Whether it is under way.</summary>
    public bool HasLeft { get; private set; } = way is null;

    /// <summary>The receiver.</summary>
    public IActorRef To => to.Self;

    public override IDisposable? Carries => Tensors;

    /// <summary>The tensors in it; null where there are none.</summary>
    public ITensorMessage? Tensors => envelope.Message as ITensorMessage;

    /// <summary>The two machines; only for one that travels.</summary>
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
