using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// A connection to or from a peer, closed by <see cref="Dispose"/> or by its deadline. All calls block: after one asynchronous call on a
/// socket, all later ones go through other threads, at one and a half times the cost.
/// </summary>
internal sealed class LaneConnection : IDisposable, IFrameProgress
{
    private readonly Socket _socket;
    private readonly ITimer _deadline;
    private readonly TimeSpan _stallTimeout;
    private int _closed;

    public LaneConnection(Socket socket, LaneSetup setup)
    {
        _socket = socket;
        if (socket.Connected) RemoteEndPoint = $"{socket.RemoteEndPoint}";
        _stallTimeout = setup.Settings.StallTimeout;
        _deadline = setup.Time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _deadline.Change(setup.Settings.GreetingTimeout, Timeout.InfiniteTimeSpan);
        Remote = Stream.Null;
    }

    /// <summary>The stream, once the connection is open.</summary>
    public Stream Remote { get; private set; }

    /// <summary>The other end's address, for logs.</summary>
    public string RemoteEndPoint { get; private set; } = "an unknown address";

    /// <summary>Whether its deadline closed it.</summary>
    public bool Expired { get; private set; }

    /// <summary>The node's name in the other end's certificate; null without TLS.</summary>
    public string? CertifiedName { get; private set; }

    public void Connect(string host, int port)
    {
        _socket.Connect(host, port);
        Open();
    }

    /// <summary>The socket is connected.</summary>
    public void Open()
    {
        RemoteEndPoint = $"{_socket.RemoteEndPoint}";
        _socket.NoDelay = true;
        Remote = new NetworkStream(_socket);
    }

    /// <summary>Starts TLS, as either end.</summary>
    /// <exception cref="ProtocolViolationException">The other end shows no certificate, or one without a node's name.</exception>
    public void Secure(LaneSecurity security, Action<SslStream> authenticate)
    {
        var secure = new SslStream(Remote, leaveInnerStreamOpen: false);
        Remote = secure;
        authenticate(secure);
        CertifiedName = secure.RemoteCertificate is X509Certificate2 certificate ? security.NameOf(certificate) : null;
        if (CertifiedName is null) throw new ProtocolViolationException("a node shows a certificate with its name");
    }

    /// <summary>The greeting or frame is complete: the other end may be silent from now on.</summary>
    public void End() => _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Begin() => Advance();

    public void Advance() => _deadline.Change(_stallTimeout, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        _deadline.Dispose();
        try
        {
            // Ends reads and writes under way.
            if (_socket.Connected) _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other end closed it.
        }

        // The TLS stream may be in use, and its farewell might block; it is left alone.
        _socket.Dispose();
    }

    private void Expire()
    {
        Expired = true;
        Dispose();
    }
}
