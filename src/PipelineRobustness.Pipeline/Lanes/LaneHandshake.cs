using System.Net.Sockets;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>The place of a node greets as another one.</summary>
internal sealed class OtherNodeException(NodeId found) : Exception($"greeted as {found} of incarnation {found.Incarnation:x}")
{
    public NodeId Found { get; } = found;
}

/// <summary>Makes connections out of sockets: who is at the other end, and is it one of us?</summary>
internal sealed class LaneHandshake(LaneSetup setup)
{
    private readonly byte[] _token = Greeting.Digest(setup.Token);

    /// <summary>Connects to a peer and exchanges greetings.</summary>
    /// <exception cref="SocketException">Refused, or out of reach.</exception>
    /// <exception cref="OtherNodeException">Somebody else is there.</exception>
    /// <exception cref="ProtocolViolationException">Whoever is there breaks a rule.</exception>
    /// <exception cref="IOException">The connection ended, or nothing came in time.</exception>
    public LaneConnection Reach(LaneAddress peer, LanePurpose purpose, Action<LaneConnection> made)
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
            connection.Ended();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Hears the greeting of somebody who connected.</summary>
    /// <returns>Null where it left without a word.</returns>
    public Greeting? Hear(LaneConnection connection)
    {
        if (setup.Security is { } security) connection.Secure(security, tls => tls.AuthenticateAsServer(security.Server));
        var greeting = Greeting.Read(connection.Remote, _token);
        if (greeting is not null) Certified(greeting, connection);
        return greeting;
    }

    /// <summary>
    /// Greets back, when what the other wants is in place: it may send, and be cut off, and come again, as soon as it hears this.
    /// </summary>
    public void Answer(LanePurpose purpose, LaneConnection connection)
    {
        connection.Remote.Write(new Greeting(setup.Node, purpose).ToBytes(_token));
        connection.Ended();
    }

    private static void Certified(Greeting greeting, LaneConnection connection)
    {
        if (connection.CertifiedName is { } name && name != greeting.Node.Name)
            throw new ProtocolViolationException($"a node greets by the name of its certificate: {name}, not {greeting.Node.Name}");
    }
}
