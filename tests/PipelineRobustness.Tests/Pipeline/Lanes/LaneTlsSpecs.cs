using System.Net.Security;
using System.Net.Sockets;
using PipelineRobustness.Benchmarks;
using PipelineRobustness.Pipeline.Lanes;
using static PipelineRobustness.Tests.Pipeline.Lanes.LaneFrames;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>With TLS a node is the one that its certificate names, or is refused.</summary>
public sealed class LaneTlsSpecs : IAsyncLifetime
{
    private readonly TestCertificates _ours = new();
    private readonly TestCertificates _others = new();
    private readonly LaneNode _b;
    private int _microBatch;

    public LaneTlsSpecs() => _b = new LaneNode(B, security: _ours.Of("b"));

    public async ValueTask InitializeAsync() => await AGoodPeerWorks();

    public async ValueTask DisposeAsync()
    {
        await AGoodPeerWorks();
        await _b.DisposeAsync();
        _ours.Dispose();
        _others.Dispose();
    }

    [Fact]
    public async Task A_watch_works_and_proves_a_death()
    {
        await using var a = new LaneNode(A, security: _ours.Of("a"));
        await using var reborn = new LaneNode(C with { Incarnation = 9 }, security: _ours.Of("c"));
        a.Lanes.Watch(reborn.Address with { Node = C });
        Assert.Equal(C, (await a.Log.NextDeath()).Peer);
    }

    [Fact]
    public async Task A_node_that_greets_with_another_s_name_is_refused()
    {
        await using var impostor = new LaneNode(A, security: _ours.Of("c"));
        impostor.Lanes.Send(_b.Address, LaneEnd.Stage, Activation(1));
        Assert.Contains("c, not a", (await _b.Log.NextOffence()).Rule, StringComparison.Ordinal);
        Assert.Equal(B, (await impostor.Log.NextBreak()).Peer);
    }

    [Fact]
    public async Task A_peer_with_another_s_certificate_gets_nothing()
    {
        await using var impostor = new LaneNode(C, security: _ours.Of("d"));
        await using var a = new LaneNode(A, security: _ours.Of("a"));
        a.Lanes.Send(impostor.Address, LaneEnd.Stage, Activation(1));
        Assert.Contains("d, not c", (await a.Log.NextBreak()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_authority_s_certificates_are_refused()
    {
        await using var stranger = new LaneNode(A, security: _others.Of("a"));
        stranger.Lanes.Send(_b.Address, LaneEnd.Stage, Activation(1));
        Assert.Equal(B, (await stranger.Log.NextBreak()).Peer);
    }

    [Fact]
    public async Task A_peer_without_certificate_or_TLS_is_refused()
    {
        using (var plain = await HostileClient.ConnectAsync(_b.Address))
        {
            await plain.SayAsync(new Greeting(A, LanePurpose.Lane).ToBytes(Greeting.Digest(LaneNode.Token)));
            Assert.Equal(plain.Place, (await _b.Log.NextOffence()).Who);
        }

        using var client = new TcpClient();
        await client.ConnectAsync(_b.Address.Host, _b.Address.Port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(client.GetStream());
        // In TLS 1.3 the client's handshake may succeed before the server has judged its certificate.
        await Record.ExceptionAsync(() => tls.AuthenticateAsClientAsync(_ours.Client("a", shows: false), TestContext.Current.CancellationToken));
        await _b.Log.NextOffence();
    }

    private async Task AGoodPeerWorks()
    {
        await using (var a = new LaneNode(A, security: _ours.Of("a")))
        {
            a.Lanes.Send(_b.Address, LaneEnd.Stage, Activation(_microBatch++));
            (await _b.Log.NextFrame()).Message.Dispose();
        }

        Assert.Equal(A, (await _b.Log.NextBreak()).Peer);
    }
}
