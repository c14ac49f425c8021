using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using PipelineRobustness.Pipeline.Lanes;
using static PipelineRobustness.Tests.Pipeline.Lanes.LaneFrames;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>A peer that does not answer delays others no longer than the configured time, and proves nothing.</summary>
public sealed class SlowPlaceSpecs : IDisposable
{
    private const int MoreThanItKeeps = 4;

    private readonly FakeTimeProvider _time = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _others = [];

    public SlowPlaceSpecs()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
    }

    private LaneAddress Address => new(B, "127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port);

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var other in _others) other.Dispose();
    }

    [Fact]
    public async Task A_silent_peer_is_given_up()
    {
        await using var a = new LaneNode(A, time: _time);
        await IsGivenUp(a);
    }

    /// <summary>Not even the operating system accepts the connection: the attempt to connect is given up.</summary>
    [Fact]
    public async Task An_unanswered_connection_is_given_up()
    {
        for (var i = 0; i < MoreThanItKeeps; i++)
        {
            _others.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false });
            Assert.Throws<SocketException>(() => _others[^1].Connect(_listener.LocalEndPoint!));
        }

        await using var a = new LaneNode(A, time: _time);
        await IsGivenUp(a);
    }

    [Fact]
    public async Task A_watch_of_a_slow_peer_can_be_stopped()
    {
        await using var a = new LaneNode(A, time: _time);
        a.Lanes.Watch(Address);
        using var came = await _listener.AcceptAsync(TestContext.Current.CancellationToken);
        await a.Lanes.DisposeAsync();
        Assert.False(a.Log.AnyDead);
    }

    private async Task IsGivenUp(LaneNode a)
    {
        var message = Activation();
        a.Lanes.Send(Address, LaneEnd.Stage, message);
        var broken = a.Log.NextBreak();
        while (!broken.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal((B, "no greeting came in time"), await broken);
        Assert.True(message.Value.IsInvalid);
    }
}
