using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace PipelineRobustness.Benchmarks;

/// <summary>The same bytes over a blocking socket, plain or with TLS, with a thread at each end and one buffer each.</summary>
internal sealed class StreamTraffic : IDisposable
{
    private readonly Stream _from;
    private readonly Stream _to;
    private readonly byte[] _sent = new byte[LaneTraffic.MessageBytes];
    private readonly byte[] _received = new byte[LaneTraffic.MessageBytes];

    public StreamTraffic(TestCertificates? certificates)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var from = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        from.Connect(listener.LocalEndpoint);
        _from = new NetworkStream(from, ownsSocket: true);
        _to = new NetworkStream(listener.AcceptSocket(), ownsSocket: true);
        if (certificates is null) return;
        var (client, server) = (new SslStream(_from), new SslStream(_to));
        Task.WhenAll(client.AuthenticateAsClientAsync(certificates.Client("a")), server.AuthenticateAsServerAsync(certificates.Server("b")))
            .GetAwaiter().GetResult();
        (_from, _to) = (client, server);
    }

    /// <summary>Sends messages; returns the seconds until the last was received.</summary>
    public double Send(int messages)
    {
        var began = Stopwatch.GetTimestamp();
        var sender = new Thread(() =>
        {
            for (var i = 0; i < messages; i++) _from.Write(_sent);
        });
        sender.Start();
        for (var i = 0; i < messages; i++) _to.ReadExactly(_received);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        sender.Join();
        return seconds;
    }

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
    }
}
