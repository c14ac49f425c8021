using System.Diagnostics;
using Akka.Actor;

namespace PipelineRobustness.Benchmarks;

/// <summary>The same bytes as messages of Akka.Remote, a few under way at a time, with buffers as large as two of them.</summary>
internal sealed class AkkaTraffic : IDisposable
{
    private const int UnderWay = 4;

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

    /// <summary>Sends so many messages; seconds until the last was answered.</summary>
    public double Send(int messages)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < messages; i++)
        {
            if (i >= UnderWay) _answered.Wait();
            _sender.Tell("next");
        }

        for (var i = 0; i < Math.Min(UnderWay, messages); i++) _answered.Wait();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public void Dispose() => Task.WhenAll(_from.Terminate(), _to.Terminate()).GetAwaiter().GetResult();

    private sealed class Receiver : ReceiveActor
    {
        public Receiver() => Receive<byte[]>(_ => Sender.Tell("came"));
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
