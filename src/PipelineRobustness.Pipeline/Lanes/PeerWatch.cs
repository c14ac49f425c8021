using System.Net.Sockets;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// Keeps a connection to a peer, and when it ends asks who is at its place: a refusal, or a greeting by another, proves that the
/// peer's process is no more. That a connection is accepted proves nothing, a dying process still does; nor does silence. Somebody who
/// never was seen alive at that place is not declared dead by a refusal: it may be the wrong place.
/// </summary>
internal sealed class PeerWatch(LaneAddress peer, LaneGreeter greeter, LaneSetup setup) : IDisposable
{
    private readonly Lock _lock = new();
    private LaneConnection? _connection;
    private volatile bool _closed;
    private bool _seen;

    public async Task RunAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var pause = new PeriodicTimer(setup.Settings.ProbeEvery, setup.Time);
        for (var probes = 1; !_closed; probes++)
        {
            var (connection, proof) = await ProbeAsync().ConfigureAwait(false);
            if (proof is not null && !_closed)
            {
                setup.Events.Dead(peer.Node, proof);
                return;
            }

            if (connection is not null)
            {
                _seen = true;
                var began = setup.Time.GetTimestamp();
                await EndAsync(connection).ConfigureAwait(false);
                if (setup.Time.GetElapsedTime(began) > setup.Settings.ProbeLater) (pause.Period, probes) = (setup.Settings.ProbeEvery, 0);
            }

            if (probes == setup.Settings.ProbesMost) pause.Period = setup.Settings.ProbeLater;
            if (!_closed) await pause.WaitForNextTickAsync().ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _connection?.Dispose();
        }
    }

    private async Task<(LaneConnection? Alive, string? Proof)> ProbeAsync()
    {
        try
        {
            return (await greeter.ReachAsync(peer, LanePurpose.Watch, Keep).ConfigureAwait(false), null);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return (null, _seen ? $"its connection ended, and {peer.Host}:{peer.Port} refuses new ones" : null);
        }
        catch (OtherNodeException e)
        {
            return (null, _seen || e.Found.Name == peer.Node.Name ? $"{peer.Host}:{peer.Port} {e.Message}" : null);
        }
        catch (Exception)
        {
            // Silence, a connection that ends early, another program: no sign of life, and no proof.
            return (null, null);
        }
    }

    private void Keep(LaneConnection connection)
    {
        lock (_lock)
        {
            _connection = connection;
            if (_closed) connection.Dispose();
        }
    }

    // Nothing is ever said on it, so it can only end.
    private static async Task EndAsync(LaneConnection connection)
    {
        try
        {
            _ = await connection.Remote.ReadAsync(new byte[1]).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            // So it does.
        }

        connection.Dispose();
    }
}
