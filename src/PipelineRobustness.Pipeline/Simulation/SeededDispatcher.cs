using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>
/// Runs every mailbox of an actor system on one thread, in an order drawn from the world's seed. It must own the whole
/// system, the internal dispatcher included: top-level actors begin on the guardian's thread.
/// </summary>
public sealed class SeededDispatcher : MessageDispatcherConfigurator
{
    private readonly Queueing _dispatcher;

    /// <summary>Called by Akka, by the name in the settings.</summary>
    public SeededDispatcher(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new Queueing(this, SimulatedWorld.Current);

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => _dispatcher;

    private sealed class Queueing : MessageDispatcher
    {
        private readonly SimulatedWorld _world;
        private readonly Action<ActorCell, Envelope> _deliver;

        public Queueing(MessageDispatcherConfigurator configurator, SimulatedWorld world)
            : base(configurator)
        {
            (_world, _deliver) = (world, (cell, envelope) => base.Dispatch(cell, envelope));
            // One message a turn, so that any two may be interleaved; the setting does not reach a custom dispatcher.
            Throughput = 1;
        }

        // Messages between machines travel over the network, and those of a busy actor leave when it is done.
        public override void Dispatch(ActorCell cell, Envelope envelope)
        {
            if (_world.IsThereAtOnce(envelope.Sender, cell.Self, out var way)) base.Dispatch(cell, envelope);
            else _world.Send(new InFlightMessage(_world, _deliver, cell, envelope, way));
        }

        protected override void ExecuteTask(IRunnable run) => _world.Enqueue(run);

        protected override void Shutdown()
        {
        }
    }
}
