using System.Net;
using System.Net.Sockets;
using PipelineRobustness.Pipeline.Lanes;
using static PipelineRobustness.Tests.Pipeline.Lanes.LaneFrames;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>A death is reported if and only if it is proven.</summary>
public sealed class PeerWatchSpecs
{
    [Fact]
    public async Task A_refused_reconnection_proves_a_death()
    {
        await using var a = new LaneNode(A);
        var b = new LaneNode(B);
        await using var way = new Way(b.Address);
        a.Lanes.Watch(way.Address);
        await way.NextConnection();
        await way.DisposeAsync();
        await b.DisposeAsync();
        var (peer, proof) = await a.Log.NextDeath();
        Assert.Equal(B, peer);
        Assert.Contains("refuses", proof, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_greeting_of_another_incarnation_proves_a_death()
    {
        await using var a = new LaneNode(A);
        await using var b = new LaneNode(B with { Incarnation = 9 });
        a.Lanes.Watch(b.Address with { Node = B });
        var (peer, proof) = await a.Log.NextDeath();
        Assert.Equal(B, peer);
        Assert.Contains("greeted as b of incarnation 9", proof, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_connection_proves_nothing_and_the_watch_continues()
    {
        await using var a = new LaneNode(A);
        var b = new LaneNode(B);
        await using var way = new Way(b.Address);
        a.Lanes.Watch(way.Address);
        for (var cut = 0; cut < 3; cut++) (await way.NextConnection()).Dispose();
        await way.NextConnection();
        Assert.False(a.Log.AnyDead);
        await b.DisposeAsync();
        await way.DisposeAsync();
        Assert.Equal(B, (await a.Log.NextDeath()).Peer);
    }

    /// <summary>A process that is killed still accepts connections for a moment.</summary>
    [Fact]
    public async Task A_peer_that_accepts_without_greeting_is_asked_again()
    {
        await using var a = new LaneNode(A);
        await using var b = new LaneNode(B);
        await using var way = new Way(b.Address);
        a.Lanes.Watch(way.Address);
        using (await way.NextConnection()) way.Greets = false;
        for (var probe = 0; probe < 3; probe++) await way.NextConnection();
        Assert.False(a.Log.AnyDead);
        await way.DisposeAsync();
        Assert.Equal(B, (await a.Log.NextDeath()).Peer);
    }

    [Fact]
    public async Task An_unseen_peer_that_keeps_refusing_is_proven_dead()
    {
        await using var a = new LaneNode(A);
        await using var b = new LaneNode(B);
        await using var way = new Way(b.Address);
        await way.DisposeAsync();
        a.Lanes.Watch(way.Address);
        var (peer, proof) = await a.Log.NextDeath();
        Assert.Equal(B, peer);
        Assert.Contains("where it announced its lanes", proof, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unseen_peer_s_first_refusals_prove_nothing()
    {
        await using var a = new LaneNode(A, settings: new LaneSettings { MaxFastProbes = int.MaxValue, RefusalsOfUnreached = int.MaxValue });
        await using var b = new LaneNode(B);
        await using var way = new Way(b.Address);
        var nowhere = way.Address;
        await way.DisposeAsync();
        a.Lanes.Watch(nowhere);
        // It finally reaches its peer.
        await using var found = new Way(b.Address, nowhere.Port);
        await found.NextConnection();
        Assert.False(a.Log.AnyDead);
    }

    [Fact]
    public async Task A_forgotten_peer_is_not_declared_dead()
    {
        await using var a = new LaneNode(A);
        var b = new LaneNode(B);
        await using var way = new Way(b.Address);
        a.Lanes.Watch(way.Address);
        var connection = await way.NextConnection();
        a.Lanes.Forget(B);
        await connection.Ended;
        await way.DisposeAsync();
        await b.DisposeAsync();
        // Disposing waits for the watch to end.
        await a.Lanes.DisposeAsync();
        Assert.False(a.Log.AnyDead);
    }

    [Fact]
    public async Task A_watcher_that_sends_data_is_named_and_disconnected()
    {
        await using var b = new LaneNode(B);
        using var client = await HostileClient.GreetAsync(b.Address, A, LanePurpose.Watch);
        await client.SayAsync(new byte[1]);
        Assert.Contains("a watcher sends nothing", (await b.Log.NextOffence()).Rule, StringComparison.Ordinal);
        await client.Ended;
    }

    /// <summary>Leads connections on to a node, and can be cut; its own closing stands for a process's end.</summary>
    private sealed class Way : IAsyncDisposable
    {
        private readonly TcpListener _listener;
        private readonly LaneAddress _to;
        private readonly System.Threading.Channels.Channel<Cut> _made = System.Threading.Channels.Channel.CreateUnbounded<Cut>();
        private readonly List<Cut> _all = [];
        private readonly Task _running;

        public Way(LaneAddress to, int port = 0)
        {
            _to = to;
            _listener = new TcpListener(IPAddress.Loopback, port);
            _listener.Start();
            Address = to with { Port = ((IPEndPoint)_listener.LocalEndpoint).Port };
            _running = RunAsync();
        }

        public LaneAddress Address { get; }

        public bool Greets { get; set; } = true;

        public Task<Cut> NextConnection() =>
            _made.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(2));

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _running;
            foreach (var cut in _all) cut.Dispose();
        }

        private async Task RunAsync()
        {
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptTcpClientAsync();
                    if (!Greets)
                    {
                        client.Dispose();
                        _made.Writer.TryWrite(new Cut(client, client));
                        continue;
                    }

                    var node = new TcpClient();
                    await node.ConnectAsync(_to.Host, _to.Port);
                    var cut = new Cut(client, node);
                    _all.Add(cut);
                    cut.Lead(_made.Writer);
                }
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                // Closed, perhaps between two who came.
            }
        }
    }

    /// <summary>A connection on its way, reported once either end has greeted.</summary>
    private sealed class Cut(TcpClient from, TcpClient to) : IDisposable
    {
        public Task Ended { get; private set; } = Task.CompletedTask;

        public void Lead(System.Threading.Channels.ChannelWriter<Cut> made) => Ended = Task.WhenAll(
            CopyAsync(from.GetStream(), to.GetStream(), () => { }),
            CopyAsync(to.GetStream(), from.GetStream(), () => made.TryWrite(this)));

        public void Dispose()
        {
            from.Dispose();
            to.Dispose();
        }

        private async Task CopyAsync(NetworkStream from, NetworkStream to, Action first)
        {
            try
            {
                var buffer = new byte[1024];
                while (await from.ReadAsync(buffer) is > 0 and var read)
                {
                    await to.WriteAsync(buffer.AsMemory(0, read));
                    first();
                    first = () => { };
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // Cut.
            }

            Dispose();
        }
    }
}
