using System.Net.Sockets;

namespace PipelineRobustness.Pipeline;

/// <summary>The place of a node greets as another one.</summary>
internal sealed class OtherNodeException(NodeId found) : Exception($"greeted as {found} of incarnation {found.Incarnation:x}")
{
    public NodeId Found { get; } = found;
}

/// <summary>Makes connections out of sockets: who is at the other end, and is it one of us?</summary>
internal sealed class LaneGreeter(LaneSetup setup)
{
    private readonly byte[] _token = Greeting.Digest(setup.Token);

    /// <summary>Connects to a peer and exchanges greetings.</summary>
    /// <exception cref="SocketException">Refused, or out of reach.</exception>
    /// <exception cref="OtherNodeException">Somebody else is there.</exception>
    /// <exception cref="LaneOffenceException">Whoever is there breaks a rule.</exception>
    /// <exception cref="IOException">The connection ended, or nothing came in time.</exception>
    public async Task<LaneConnection> ReachAsync(LaneAddress peer, LanePurpose purpose, Action<LaneConnection> made)
    {
        var connection = new LaneConnection(new Socket(SocketType.Stream, ProtocolType.Tcp), setup);
        try
        {
            made(connection);
            await connection.ConnectAsync(peer.Host, peer.Port).ConfigureAwait(false);
            if (setup.Security is { } security)
                await connection.SecureAsync(security, ssl => ssl.AuthenticateAsClientAsync(security.Client(peer))).ConfigureAwait(false);
            await connection.Remote.WriteAsync(new Greeting(setup.Node, purpose).ToBytes(_token)).ConfigureAwait(false);
            var answer = await Greeting.ReadAsync(connection.Remote, _token).ConfigureAwait(false)
                ?? throw new EndOfStreamException("the connection was closed without a greeting");
            Certified(answer, connection);
            if (answer.Node != peer.Node) throw new OtherNodeException(answer.Node);
            connection.Ended();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Awaits the greeting of somebody who connected, and returns it.</summary>
    /// <returns>Null where it left without a word.</returns>
    public async Task<Greeting?> ReceiveAsync(LaneConnection connection)
    {
        if (setup.Security is { } security)
            await connection.SecureAsync(security, ssl => ssl.AuthenticateAsServerAsync(security.Server)).ConfigureAwait(false);
        if (await Greeting.ReadAsync(connection.Remote, _token).ConfigureAwait(false) is not { } greeting) return null;
        Certified(greeting, connection);
        await connection.Remote.WriteAsync((greeting with { Node = setup.Node }).ToBytes(_token)).ConfigureAwait(false);
        connection.Ended();
        return greeting;
    }

    private static void Certified(Greeting greeting, LaneConnection connection)
    {
        if (connection.CertifiedName is { } name && name != greeting.Node.Name)
            throw new LaneOffenceException($"a node greets by the name of its certificate: {name}, not {greeting.Node.Name}");
    }
}
