using System.Diagnostics;
using Akka.Actor;

namespace PipelineRobustness.Benchmarks;

/// <summary>The same bytes as Akka.Remote messages, a few in flight at a time, with buffers for two of them.</summary>
internal sealed class AkkaTraffic : IDisposable
{
    private const int InFlight = 4;

    private const string Settings = """
        akka {
          loggers = []
          stdout-loglevel = OFF
          actor.provider = remote
          remote.dot-netty.tcp {
            hostname = 127.0.0.1
            port = 0
            maximum-frame-size = 8 MiB
            send-buffer-size = 8 MiB
            receive-buffer-size = 8 MiB
          }
        }
        """;

    private readonly ActorSystem _from = ActorSystem.Create("from", Settings);
    private readonly ActorSystem _to = ActorSystem.Create("to", Settings);
    private readonly SemaphoreSlim _answered = new(0);
    private readonly IActorRef _sender;
    private readonly byte[] _message = new byte[LaneTraffic.MessageBytes];

    public AkkaTraffic()
    {
        _to.ActorOf(Props.Create(() => new Receiver()), "receiver");
        var address = ((ExtendedActorSystem)_to).Provider.DefaultAddress;
        var receiver = _from.ActorSelection($"{address}/user/receiver").ResolveOne(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();
        _sender = _from.ActorOf(Props.Create(() => new Sender(receiver, _message, _answered)));
    }

    /// <summary>Sends messages; returns the seconds until the last answer.</summary>
    public double Send(int messages)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < messages; i++)
        {
            if (i >= InFlight) _answered.Wait();
            _sender.Tell("next");
        }

        for (var i = 0; i < Math.Min(InFlight, messages); i++) _answered.Wait();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public void Dispose() => Task.WhenAll(_from.Terminate(), _to.Terminate()).GetAwaiter().GetResult();

    private sealed class Receiver : ReceiveActor
    {
        public Receiver() => Receive<byte[]>(_ => Sender.Tell("received"));
    }

    private sealed class Sender : ReceiveActor
    {
        public Sender(IActorRef receiver, byte[] message, SemaphoreSlim answered) => Receive<string>(said =>
        {
            if (said == "next") receiver.Tell(message);
            else answered.Release();
        });
    }
}
