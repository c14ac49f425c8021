using System.Net.Sockets;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>A connection that sends arbitrary bytes.</summary>
internal sealed class HostileClient : IDisposable
{
    private readonly TcpClient _client = new(AddressFamily.InterNetwork);

    private HostileClient()
    {
    }

    /// <summary>The bytes that came back until the other end closed.</summary>
    public Task<int> Ended => DrainAsync();

    public string Place => $"{_client.Client.LocalEndPoint}";

    public static async Task<HostileClient> ConnectAsync(LaneAddress to)
    {
        var client = new HostileClient();
        await client._client.ConnectAsync(to.Host, to.Port);
        return client;
    }

    /// <summary>Greets as a node does; it has been answered.</summary>
    public static async Task<HostileClient> GreetAsync(LaneAddress to, NodeId node, LanePurpose purpose = LanePurpose.Lane)
    {
        var client = await ConnectAsync(to);
        var token = Greeting.Digest(LaneNode.Token);
        await client.SayAsync(new Greeting(node, purpose).ToBytes(token));
        Assert.Equal(to.Node, Greeting.Read(client._client.GetStream(), token)?.Node);
        return client;
    }

    public async Task SayAsync(ReadOnlyMemory<byte> bytes) => await _client.GetStream().WriteAsync(bytes);

    public void Dispose() => _client.Dispose();

    private async Task<int> DrainAsync()
    {
        var (all, buffer) = (0, new byte[1024]);
        try
        {
            while (await _client.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromMinutes(2)) is > 0 and var read) all += read;
        }
        catch (IOException)
        {
            // Reset: closed with bytes of ours unread.
        }

        return all;
    }
}
