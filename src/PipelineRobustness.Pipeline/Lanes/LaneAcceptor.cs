using System.Net;
using System.Net.Sockets;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// Where lanes come in, each on a thread of its own from the first. A bounded number of them may not have greeted, and each has
/// little time: so a thousand that say nothing keep nobody out.
/// </summary>
internal sealed class LaneAcceptor : IDisposable
{
    private readonly LaneSetup _setup;
    private readonly LaneHandshake _greeter;
    private readonly Action<Greeting, LaneConnection> _welcome;
    private readonly Socket _socket;
    private readonly LinkedList<LaneConnection> _ungreeted = [];
    private readonly HashSet<Task> _running = [];
    private readonly Task _accepting;
    private bool _closed;

    /// <summary>Listens.</summary>
    /// <param name="setup">Where, and how many.</param>
    /// <param name="greeter">Finds out who it is.</param>
    /// <param name="welcome">Is given whoever greeted, and keeps the thread until the connection's end.</param>
    public LaneAcceptor(LaneSetup setup, LaneHandshake greeter, Action<Greeting, LaneConnection> welcome)
    {
        (_setup, _greeter, _welcome) = (setup, greeter, welcome);
        _socket = new Socket(setup.Bind.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (_socket.AddressFamily == AddressFamily.InterNetworkV6) _socket.DualMode = true;
        _socket.Bind(setup.Bind);
        _socket.Listen(setup.Settings.UngreetedMost);
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        _accepting = LaneThread.Start("lanes' door", Accept);
    }

    public int Port { get; }

    /// <summary>After it was disposed of: when all who came in are gone.</summary>
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
                // As for want of file handles or threads: it would fail again at once.
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
            if (_ungreeted.Count >= _setup.Settings.UngreetedMost)
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
        _setup.Events.Offended(oldest.Place, $"no more than {_setup.Settings.UngreetedMost} connections wait to be greeted; this was the oldest");
    }

    private void Greet(LaneConnection connection)
    {
        var (greeting, rule) = Hear(connection);
        if (!Leaves(connection))
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
        // A connection that was closed from here may look as if it had been from there.
        if (connection.Expired) rule = "a connection greets in time";
        if (rule is not null) _setup.Events.Offended(connection.Place, rule);
    }

    /// <summary>The greeting, or why there is none: no rule is broken by leaving without a word.</summary>
    private (Greeting? Greeting, string? Rule) Hear(LaneConnection connection)
    {
        try
        {
            connection.Open();
            return (_greeter.Hear(connection), null);
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
