using System.Net.Sockets;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// Keeps a connection to a peer and probes its address when it ends. A refused connection, or another node's greeting, proves that the
/// peer's process is dead. An accepted connection proves nothing, since a dying process still accepts; nor does silence. If the peer was
/// never reached there, only many refusals in a row are a proof: it has announced that it listens there.
/// </summary>
internal sealed class PeerWatch : IDisposable
{
    private readonly object _changed = new();
    private readonly LaneAddress _peer;
    private readonly LaneHandshake _handshake;
    private readonly LaneSetup _setup;
    private LaneConnection? _connection;
    private bool _closed;
    private bool _seen;
    private int _refusals;

    /// <summary>Starts.</summary>
    public PeerWatch(LaneAddress peer, LaneHandshake handshake, LaneSetup setup)
    {
        (_peer, _handshake, _setup) = (peer, handshake, setup);
        Ended = LaneThread.Start($"watch of {peer.Node}", Run);
    }

    public Task Ended { get; }

    private string Place => HostText.WithPort(_peer.Host, _peer.Port);

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

            if (connection is not null && OutlivesProbe(connection)) probes = 0;
            Pause(probes < _setup.Settings.MaxFastProbes ? _setup.Settings.ProbeEvery : _setup.Settings.SlowProbeEvery);
        }
    }

    private (LaneConnection? Alive, string? Proof) Probe()
    {
        try
        {
            var connection = _handshake.Connect(_peer, LanePurpose.Watch, Keep);
            (_seen, _refusals) = (true, 0);
            return (connection, null);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return (null, _seen ? $"its connection ended, and {Place} refuses new ones"
                : ++_refusals >= _setup.Settings.RefusalsOfUnreached ? $"{Place}, where it announced its lanes, refuses connections" : null);
        }
        catch (OtherNodeException e)
        {
            return (null, _seen || e.Found.Name == _peer.Node.Name ? $"{Place} {e.Message}" : null);
        }
        catch (Exception)
        {
            // Silence, a connection that ends early, another program: neither a sign of life nor a proof.
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

    /// <summary>Waits for the end of a connection on which nothing is sent. Whether it lasted longer than a probe.</summary>
    private bool OutlivesProbe(LaneConnection connection)
    {
        var began = _setup.Time.GetTimestamp();
        try
        {
            connection.Remote.ReadByte();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            // It has ended.
        }

        connection.Dispose();
        return _setup.Time.GetElapsedTime(began) > _setup.Settings.SlowProbeEvery;
    }

    private void Pause(TimeSpan time)
    {
        lock (_changed)
            if (!_closed) Monitor.Wait(_changed, time);
    }
}
