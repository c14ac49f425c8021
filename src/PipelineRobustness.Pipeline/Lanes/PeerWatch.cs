using System.Net.Sockets;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// Keeps a connection to a peer, and when it ends asks who is at its place: a refusal, or a greeting by another, proves that the
/// peer's process is no more. That a connection is accepted proves nothing, a dying process still does; nor does silence. Of somebody
/// who never was seen at that place, one refusal proves nothing either: only many in a row, for whoever is watched has said,
/// and lived then, that it listens there.
/// </summary>
internal sealed class PeerWatch : IDisposable
{
    private readonly object _changed = new();
    private readonly LaneAddress _peer;
    private readonly LaneHandshake _greeter;
    private readonly LaneSetup _setup;
    private LaneConnection? _connection;
    private bool _closed;
    private bool _seen;
    private int _refusals;

    /// <summary>Starts.</summary>
    public PeerWatch(LaneAddress peer, LaneHandshake greeter, LaneSetup setup)
    {
        (_peer, _greeter, _setup) = (peer, greeter, setup);
        Ended = LaneThread.Start($"watch of {peer.Node}", Run);
    }

    public Task Ended { get; }

    private bool Closed
    {
        get
        {
            lock (_changed) return _closed;
        }
    }

    public void Dispose()
    {
        lock (_changed)
        {
            _closed = true;
            _connection?.Dispose();
            Monitor.PulseAll(_changed);
        }
    }

    private void Run()
    {
        for (var probes = 1; !Closed; probes++)
        {
            var (connection, proof) = Probe();
            if (proof is not null && !Closed)
            {
                _setup.Events.Dead(_peer.Node, proof);
                return;
            }

            if (connection is not null && LivesLong(connection)) probes = 0;
            Pause(probes < _setup.Settings.ProbesMost ? _setup.Settings.ProbeEvery : _setup.Settings.ProbeLater);
        }
    }

    private (LaneConnection? Alive, string? Proof) Probe()
    {
        try
        {
            var connection = _greeter.Reach(_peer, LanePurpose.Watch, Keep);
            (_seen, _refusals) = (true, 0);
            return (connection, null);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            var place = $"{_peer.Host}:{_peer.Port}";
            return (null, _seen ? $"its connection ended, and {place} refuses new ones"
                : ++_refusals >= _setup.Settings.RefusalsOfUnseen ? $"{place}, where it said that it listens for tensors, refuses connections" : null);
        }
        catch (OtherNodeException e)
        {
            return (null, _seen || e.Found.Name == _peer.Node.Name ? $"{_peer.Host}:{_peer.Port} {e.Message}" : null);
        }
        catch (Exception)
        {
            // Silence, a connection that ends early, another program: no sign of life, and no proof.
            _refusals = 0;
            return (null, null);
        }
    }

    private void Keep(LaneConnection connection)
    {
        lock (_changed)
        {
            _connection = connection;
            if (_closed) connection.Dispose();
        }
    }

    /// <summary>Waits for the end of a connection on which nothing is ever said; whether that was late enough not to be an answer.</summary>
    private bool LivesLong(LaneConnection connection)
    {
        var began = _setup.Time.GetTimestamp();
        try
        {
            connection.Remote.ReadByte();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            // So it ends.
        }

        connection.Dispose();
        return _setup.Time.GetElapsedTime(began) > _setup.Settings.ProbeLater;
    }

    private void Pause(TimeSpan time)
    {
        lock (_changed)
            if (!_closed) Monitor.Wait(_changed, time);
    }
}
