using System.Net;
using System.Net.Sockets;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// Accepts connections, each on a thread of its own from the start. Only so many may be waiting for a greeting, each for a short time:
/// a thousand silent clients keep no peer out.
/// </summary>
internal sealed class LaneAcceptor : IDisposable
{
    private readonly LaneSetup _setup;
    private readonly LaneHandshake _handshake;
    private readonly Action<Greeting, LaneConnection> _welcome;
    private readonly Socket _socket;
    private readonly LinkedList<LaneConnection> _ungreeted = [];
    private readonly HashSet<Task> _running = [];
    private readonly Task _accepting;
    private bool _closed;

    /// <summary>Listens.</summary>
    /// <param name="setup">Where to listen, and the limits.</param>
    /// <param name="handshake">Exchanges greetings.</param>
    /// <param name="welcome">Receives each connection that greeted, and keeps the thread until its end.</param>
    public LaneAcceptor(LaneSetup setup, LaneHandshake handshake, Action<Greeting, LaneConnection> welcome)
    {
        (_setup, _handshake, _welcome) = (setup, handshake, welcome);
        _socket = new Socket(setup.Bind.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (_socket.AddressFamily == AddressFamily.InterNetworkV6) _socket.DualMode = true;
        _socket.Bind(setup.Bind);
        _socket.Listen(setup.Settings.MaxUngreeted);
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        _accepting = LaneThread.Start("lane acceptor", Accept);
    }

    public int Port { get; }

    /// <summary>Completes after disposal, when all accepted connections have ended.</summary>
    public async Task EndAsync()
    {
        await _accepting.ConfigureAwait(false);
        Task[] running;
        lock (_ungreeted) running = [.. _running];
        await Task.WhenAll(running).ConfigureAwait(false);
    }

    public void Dispose()
    {
        List<LaneConnection> left;
        lock (_ungreeted)
        {
            _closed = true;
            left = [.. _ungreeted];
            Monitor.PulseAll(_ungreeted);
        }

        _socket.Dispose();
        foreach (var connection in left) connection.Dispose();
    }

    private void Accept()
    {
        while (!_closed)
        {
            try
            {
                Receive(new LaneConnection(_socket.Accept(), _setup));
            }
            catch (Exception)
            {
                // For example, no file handles or threads are left: at once, it would fail again.
                lock (_ungreeted)
                    if (!_closed) Monitor.Wait(_ungreeted, _setup.Settings.ProbeEvery);
            }
        }
    }

    private void Receive(LaneConnection connection)
    {
        LaneConnection? oldest = null;
        lock (_ungreeted)
        {
            if (_ungreeted.Count >= _setup.Settings.MaxUngreeted)
            {
                oldest = _ungreeted.First!.Value;
                _ungreeted.RemoveFirst();
            }

            _running.RemoveWhere(one => one.IsCompleted);
            _ungreeted.AddLast(connection);
            try
            {
                _running.Add(LaneThread.Start("lane", () => Greet(connection)));
            }
            catch
            {
                _ungreeted.Remove(connection);
                connection.Dispose();
                throw;
            }
        }

        if (oldest is null) return;
        oldest.Dispose();
        _setup.Events.Violated(oldest.RemoteEndPoint, $"no more than {_setup.Settings.MaxUngreeted} connections wait for a greeting; this was the oldest");
    }

    private void Greet(LaneConnection connection)
    {
        var (greeting, rule) = TryGreet(connection);
        if (!StopWaiting(connection))
        {
            connection.Dispose();
            return;
        }

        if (greeting is not null)
        {
            _welcome(greeting, connection);
            return;
        }

        connection.Dispose();
        // A connection that was closed here may look as if the client had closed it.
        if (connection.Expired) rule = "a connection greets in time";
        if (rule is not null) _setup.Events.Violated(connection.RemoteEndPoint, rule);
    }

    /// <summary>The greeting, or the rule that was violated: leaving without sending anything violates none.</summary>
    private (Greeting? Greeting, string? Rule) TryGreet(LaneConnection connection)
    {
        try
        {
            connection.Open();
            return (_handshake.Accept(connection), null);
        }
        catch (Exception e)
        {
            return (null, Lines.First(e));
        }
    }

    // False if it was closed to make room, which was reported then, or with the acceptor.
    private bool StopWaiting(LaneConnection connection)
    {
        lock (_ungreeted) return _ungreeted.Remove(connection) && !_closed;
    }
}
