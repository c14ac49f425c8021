using System.Net;
using System.Net.Sockets;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// Where lanes come in. Until it has greeted a connection costs no thread, there is a bounded number of them, and each has little
/// time: so a thousand that say nothing keep nobody out.
/// </summary>
internal sealed class LaneDoor : IDisposable
{
    private readonly LaneSetup _setup;
    private readonly LaneGreeter _greeter;
    private readonly Action<Greeting, LaneConnection> _welcome;
    private readonly Socket _socket;
    private readonly LinkedList<LaneConnection> _ungreeted = [];
    private bool _closed;

    public LaneDoor(LaneSetup setup, LaneGreeter greeter, Action<Greeting, LaneConnection> welcome)
    {
        (_setup, _greeter, _welcome) = (setup, greeter, welcome);
        _socket = new Socket(setup.Bind.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (_socket.AddressFamily == AddressFamily.InterNetworkV6) _socket.DualMode = true;
        _socket.Bind(setup.Bind);
        _socket.Listen(setup.Settings.UngreetedMost);
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        Ended = AcceptAsync();
    }

    public int Port { get; }

    public Task Ended { get; }

    public void Dispose()
    {
        List<LaneConnection> left;
        lock (_ungreeted)
        {
            _closed = true;
            left = [.. _ungreeted];
        }

        _socket.Dispose();
        foreach (var connection in left) connection.Dispose();
    }

    private async Task AcceptAsync()
    {
        // Also the pause after an accept that fails, as for want of file handles, and would fail again at once.
        using var pause = new PeriodicTimer(_setup.Settings.ProbeEvery, _setup.Time);
        while (!_closed)
        {
            try
            {
                Receive(new LaneConnection(await _socket.AcceptAsync().ConfigureAwait(false), _setup));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (!_closed) await pause.WaitForNextTickAsync().ConfigureAwait(false);
            }
        }
    }

    private void Receive(LaneConnection connection)
    {
        LaneConnection? oldest = null;
        lock (_ungreeted)
        {
            if (_ungreeted.Count >= _setup.Settings.UngreetedMost)
            {
                oldest = _ungreeted.First!.Value;
                _ungreeted.RemoveFirst();
            }

            _ungreeted.AddLast(connection);
        }

        if (oldest is not null)
        {
            oldest.Dispose();
            _setup.Events.Offended(oldest.Place, $"no more than {_setup.Settings.UngreetedMost} connections wait to be greeted; this was the oldest");
        }

        _ = GreetAsync(connection);
    }

    private async Task GreetAsync(LaneConnection connection)
    {
        var (greeting, rule) = await HearAsync(connection).ConfigureAwait(false);
        if (!Leaves(connection)) return;
        if (greeting is not null)
        {
            _welcome(greeting, connection);
            return;
        }

        connection.Dispose();
        // A connection that was closed from here may look as if it had been from there.
        if (connection.Expired) rule = "a connection greets in time";
        if (rule is not null) _setup.Events.Offended(connection.Place, rule);
    }

    /// <summary>The greeting, or why there is none: no rule is broken by leaving without a word.</summary>
    private async Task<(Greeting? Greeting, string? Rule)> HearAsync(LaneConnection connection)
    {
        try
        {
            connection.Open();
            return (await _greeter.ReceiveAsync(connection).ConfigureAwait(false), null);
        }
        catch (Exception e)
        {
            return (null, Lines.First(e));
        }
    }

    // False where it was closed for another, which was told then, or with the door.
    private bool Leaves(LaneConnection connection)
    {
        lock (_ungreeted) return _ungreeted.Remove(connection) && !_closed;
    }
}
