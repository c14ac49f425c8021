using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Relays connections to a port of this machine, but ends the first one whose first bytes contain a text.</summary>
internal sealed class HangsUpOnce : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _running;
    private int _hangUps;

    public HangsUpOnce(int port, string text)
    {
        _listener.Start();
        _running = RunAsync(port, text);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public bool HasHungUp => Volatile.Read(ref _hangUps) > 0;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _running;
        _listener.Dispose();
        _ended.Dispose();
    }

    private async Task RunAsync(int port, string text)
    {
        var relayed = new List<Task>();
        try
        {
            while (true) relayed.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_ended.Token), port, text));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(relayed);
        }
    }

    private async Task RelayAsync(TcpClient caller, int port, string text)
    {
        using var called = new TcpClient();
        using (caller)
        {
            try
            {
                var begun = new byte[4096];
                var length = await caller.GetStream().ReadAsync(begun, _ended.Token);
                if (Encoding.Latin1.GetString(begun, 0, length).Contains(text, StringComparison.Ordinal) && Interlocked.Exchange(ref _hangUps, 1) == 0) return;
                await called.ConnectAsync(IPAddress.Loopback, port, _ended.Token);
                await called.GetStream().WriteAsync(begun.AsMemory(0, length), _ended.Token);
                await Task.WhenAny(
                    caller.GetStream().CopyToAsync(called.GetStream(), _ended.Token), called.GetStream().CopyToAsync(caller.GetStream(), _ended.Token));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // Either end is gone, or the test is over.
            }
        }
    }
}
