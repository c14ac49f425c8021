using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PipelineRobustness.Tests.Models;

/// <summary>Answers each request on a local port with prepared bytes, which may violate the protocol, and closes the connection.</summary>
internal sealed class CannedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, byte[]> _answer;
    private readonly Task _work;
    private volatile bool _stopped;

    /// <param name="answer">Maps the request's head to the complete response.</param>
    public CannedServer(Func<string, byte[]> answer)
    {
        _answer = answer;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _work = WorkAsync();
    }

    public int Port { get; }

    public List<string> Requests { get; } = [];

    /// <summary>A response with any part of a body.</summary>
    public static byte[] Response(string head, byte[] body) => [.. Encoding.ASCII.GetBytes(head.ReplaceLineEndings("\r\n") + "\r\n\r\n"), .. body];

    public void Dispose()
    {
        _stopped = true;
        _listener.Stop();
        _work.Wait();
    }

    private async Task WorkAsync()
    {
        while (!_stopped)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync();
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                var head = new StringBuilder();
                while (await reader.ReadLineAsync() is { Length: > 0 } line)
                    head.Append(line).Append('\n');
                Requests.Add(head.ToString());
                await stream.WriteAsync(_answer(head.ToString()));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException or InvalidOperationException)
            {
                continue;   // the client has disconnected or the test has ended
            }
        }
    }
}
