using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// A connection to or from a peer, closed by whoever disposes of it, or by its deadline. It is read and written by calls that
/// block: one asynchronous call on a socket, and all later ones wait by way of other threads, at half again the cost.
/// </summary>
internal sealed class LaneConnection : IDisposable, IFramePace
{
    private readonly Socket _socket;
    private readonly ITimer _deadline;
    private readonly TimeSpan _stallTimeout;
    private int _closed;

    public LaneConnection(Socket socket, LaneSetup setup)
    {
        _socket = socket;
        if (socket.Connected) Place = $"{socket.RemoteEndPoint}";
        _stallTimeout = setup.Settings.StallTimeout;
        _deadline = setup.Time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _deadline.Change(setup.Settings.GreetingTimeout, Timeout.InfiniteTimeSpan);
        Remote = Stream.Null;
    }

    /// <summary>What is read and written; once it is open.</summary>
    public Stream Remote { get; private set; }

    /// <summary>Where the other end is, for logs.</summary>
    public string Place { get; private set; } = "an unknown place";

    /// <summary>Whether it was closed because the other end was too slow.</summary>
    public bool Expired { get; private set; }

    /// <summary>The name that the other end's certificate is made out to; null without TLS.</summary>
    public string? CertifiedName { get; private set; }

    public void Connect(string host, int port)
    {
        _socket.Connect(host, port);
        Open();
    }

    /// <summary>The socket is connected.</summary>
    public void Open()
    {
        Place = $"{_socket.RemoteEndPoint}";
        _socket.NoDelay = true;
        Remote = new NetworkStream(_socket);
    }

    /// <summary>TLS, as either end.</summary>
    /// <exception cref="ProtocolViolationException">The other end shows no certificate, or one of no node.</exception>
    public void Secure(LaneSecurity security, Action<SslStream> authenticate)
    {
        var secure = new SslStream(Remote, leaveInnerStreamOpen: false);
        Remote = secure;
        authenticate(secure);
        CertifiedName = secure.RemoteCertificate is X509Certificate2 certificate ? security.NameOf(certificate) : null;
        if (CertifiedName is null) throw new ProtocolViolationException("a node shows a certificate with its name");
    }

    /// <summary>It has greeted, and may be silent from now on.</summary>
    public void Ended() => _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Began() => GoesOn();

    public void GoesOn() => _deadline.Change(_stallTimeout, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        _deadline.Dispose();
        try
        {
            // Whoever is in the middle of reading or writing comes back from it.
            if (_socket.Connected) _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was closed by the other end.
        }

        // Not the TLS stream, which may be in use by others and would say goodbye to somebody who may not listen.
        _socket.Dispose();
    }

    private void Expire()
    {
        Expired = true;
        Dispose();
    }
}
