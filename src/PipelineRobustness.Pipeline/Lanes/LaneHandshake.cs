using System.Net.Sockets;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Another node greeted at a peer's address.</summary>
internal sealed class OtherNodeException(NodeId found) : Exception($"greeted as {found} of incarnation {found.Incarnation:x}")
{
    public NodeId Found { get; } = found;
}

/// <summary>Exchanges greetings on new connections: which node is at the other end, and does it belong to this run?</summary>
internal sealed class LaneHandshake(LaneSetup setup)
{
    private readonly byte[] _token = Greeting.Digest(setup.Token);

    /// <summary>Connects to a peer and exchanges greetings.</summary>
    /// <exception cref="SocketException">The connection was refused, or the peer is unreachable.</exception>
    /// <exception cref="OtherNodeException">Another node is there.</exception>
    /// <exception cref="ProtocolViolationException">The other end violates a rule.</exception>
    /// <exception cref="IOException">The connection ended, or was too slow.</exception>
    public LaneConnection Connect(LaneAddress peer, LanePurpose purpose, Action<LaneConnection> made)
    {
        var connection = new LaneConnection(new Socket(SocketType.Stream, ProtocolType.Tcp), setup);
        try
        {
            made(connection);
            connection.Connect(peer.Host, peer.Port);
            if (setup.Security is { } security)
                connection.Secure(security, tls => tls.AuthenticateAsClient(security.Client(peer)));
            connection.Remote.Write(new Greeting(setup.Node, purpose).ToBytes(_token));
            var answer = Greeting.Read(connection.Remote, _token)
                ?? throw new EndOfStreamException("the connection was closed without a greeting");
            Certified(answer, connection);
            if (answer.Node != peer.Node) throw new OtherNodeException(answer.Node);
            connection.End();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Receives the greeting of a client.</summary>
    /// <returns>Null if it left without sending anything.</returns>
    public Greeting? Accept(LaneConnection connection)
    {
        if (setup.Security is { } security) connection.Secure(security, tls => tls.AuthenticateAsServer(security.Server));
        var greeting = Greeting.Read(connection.Remote, _token);
        if (greeting is not null) Certified(greeting, connection);
        return greeting;
    }

    /// <summary>
    /// Greets back. The connection must be registered before: once the client receives this, it may send, lose the connection and open another.
    /// </summary>
    public void Acknowledge(LanePurpose purpose, LaneConnection connection)
    {
        connection.Remote.Write(new Greeting(setup.Node, purpose).ToBytes(_token));
        connection.End();
    }

    private static void Certified(Greeting greeting, LaneConnection connection)
    {
        if (connection.CertifiedName is { } name && name != greeting.Node.Name)
            throw new ProtocolViolationException($"a node greets by the name of its certificate: {name}, not {greeting.Node.Name}");
    }
}
