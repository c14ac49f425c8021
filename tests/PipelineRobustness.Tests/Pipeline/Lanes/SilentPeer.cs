using System.Net;
using System.Net.Sockets;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>Greets as a node does, and then neither reads nor says anything.</summary>
internal sealed class SilentPeer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;

    public SilentPeer(NodeId node)
    {
        // No buffer for unread bytes.
        _listener.Server.ReceiveBufferSize = 1;
        _listener.Start();
        Address = new LaneAddress(node, "127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);
        _running = RunAsync();
    }

    public LaneAddress Address { get; }

    public Task Connected => _connected.Task;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        await _running;
        _ended.Dispose();
    }

    private async Task RunAsync()
    {
        using var client = await _listener.AcceptTcpClientAsync();
        var token = Greeting.Digest(LaneNode.Token);
        await Task.Run(() => Greeting.Read(client.GetStream(), token));
        await client.GetStream().WriteAsync(new Greeting(Address.Node, LanePurpose.Lane).ToBytes(token));
        _connected.SetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
