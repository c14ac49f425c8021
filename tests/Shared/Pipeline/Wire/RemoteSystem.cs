using System.Collections.Concurrent;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace PipelineRobustness.Tests.Pipeline.Wire;

/// <summary>One end of Akka.Remote on loopback, with an actor that keeps what it receives.</summary>
internal sealed class RemoteSystem : IAsyncDisposable
{
    private static readonly Config Loopback = ConfigurationFactory.ParseString(
        """
        akka {
          loggers = [], stdout-loglevel = OFF, loglevel = WARNING, log-dead-letters = off
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        }
        """);

    private readonly Channel<object> _heard = Channel.CreateUnbounded<object>();
    private readonly Channel<string> _logged = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _lines = [];
    private int _partings;

    public RemoteSystem(string name, Config settings, params Setup[] setups)
    {
        var setup = ActorSystemSetup.Create([BootstrapSetup.Create().WithConfig(settings.WithFallback(Loopback)), .. setups]);
        System = (ExtendedActorSystem)ActorSystem.Create(name, setup);
        System.EventStream.Subscribe(System.ActorOf(Props.Create(() => new Log(this)), "log"), typeof(LogEvent));
        System.EventStream.Subscribe(System.ActorOf(Props.Create(() => new Log(this)), "partings"), typeof(DisassociatedEvent));
        Ear = System.ActorOf(Props.Create(() => new Listener(_heard.Writer)), "ear");
    }

    public ExtendedActorSystem System { get; }

    /// <summary>The actor that listens.</summary>
    public IActorRef Ear { get; }

    public Address Address => System.Provider.DefaultAddress;

    /// <summary>How often a connection to a peer ended.</summary>
    public int Partings => Volatile.Read(ref _partings);

    /// <summary>The ear of another, as it is known here.</summary>
    public ActorSelection EarOf(RemoteSystem other) => System.ActorSelection(new RootActorPath(other.Address) / "user" / "ear");

    /// <summary>The next message received.</summary>
    public async Task<object> HeardAsync() => await NextAsync(_heard.Reader, _ => true, "anything");

    /// <summary>The next line of the log that contains a text.</summary>
    public Task<string> LoggedAsync(string text) => NextAsync(_logged.Reader, line => line.Contains(text, StringComparison.Ordinal), text);

    public async ValueTask DisposeAsync() => await System.Terminate();

    // A wait that times out ends the test and reports what was logged instead.
    private async Task<T> NextAsync<T>(ChannelReader<T> reader, Predicate<T> wanted, string what)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        try
        {
            await foreach (var next in reader.ReadAllAsync(patience.Token))
                if (wanted(next)) return next;
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
        }

        throw new InvalidOperationException($"{System.Name} waited in vain for {what}; its log:\n{string.Join('\n', _lines)}");
    }

    private void Note(LogEvent line)
    {
        var text = $"{line.Message} {line.Cause}";
        _lines.Enqueue(text);
        _logged.Writer.TryWrite(text);
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(ChannelWriter<object> heard) => ReceiveAny(message => heard.TryWrite(message));
    }

    private sealed class Log : ReceiveActor
    {
        public Log(RemoteSystem owner)
        {
            Receive<LogEvent>(owner.Note);
            Receive<DisassociatedEvent>(_ => Interlocked.Increment(ref owner._partings));
        }
    }
}
