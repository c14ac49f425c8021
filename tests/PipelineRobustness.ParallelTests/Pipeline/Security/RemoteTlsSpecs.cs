using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Wire;
using PipelineRobustness.Tests.Pipeline.Wire;

namespace PipelineRobustness.Tests.Pipeline.Security;

/// <summary>The same credentials over Akka.Remote: two actor systems that speak, or one that refuses the other and says why.</summary>
public sealed class RemoteTlsSpecs : IDisposable
{
    private readonly CredentialFiles _credentials = new();

    public static TheoryData<string, string, string> Refused => CredentialFiles.Refused;

    private static Config Settings { get; } = NodeCredentials.Settings.WithFallback(WireSerializer.Settings);

    public void Dispose() => _credentials.Dispose();

    [Fact]
    public async Task Two_good_nodes_can_talk()
    {
        using var one = _credentials.Of("node-1");
        using var two = _credentials.Of("node-2");
        await using var here = new RemoteSystem("node", Settings, one.ForRemote());
        await using var there = new RemoteSystem("node", Settings, two.ForRemote((_, _) => "node-1"));
        Assert.Equal("akka.ssl.tcp", there.Address.Protocol);
        here.EarOf(there).Tell("hello");
        Assert.Equal("hello", await there.HeardAsync());
        there.EarOf(here).Tell("hello yourself");
        Assert.Equal("hello yourself", await here.HeardAsync());
    }

    [Fact]
    public async Task A_peer_can_sign_by_the_key_of_its_certificate_alone()
    {
        using var one = _credentials.Of("node-1");
        using var two = _credentials.Of("node-2");
        using var ofOne = one.Key();
        using var ofTwo = two.Key();
        Assert.Equal("it has shown no certificate", one.FaultOfKey("node-2", ofTwo.PublicKey));
        await using var here = new RemoteSystem("node", Settings, one.ForRemote());
        await using var there = new RemoteSystem("node", Settings, two.ForRemote());
        there.EarOf(here).Tell("hello");
        Assert.Equal("hello", await here.HeardAsync());
        Assert.Null(one.FaultOfKey("node-2", ofTwo.PublicKey));
        Assert.Null(two.FaultOfKey("node-1", ofOne.PublicKey));
        Assert.Equal("its certificate has another key", one.FaultOfKey("node-2", ofOne.PublicKey));
        Assert.Equal("its certificate has another key", one.FaultOfKey("node-2", []));
        Assert.Equal("it has shown no certificate", one.FaultOfKey("node-3", ofTwo.PublicKey));
    }

    [Fact]
    public void A_node_with_another_kind_of_certificate_can_draw_any_key()
    {
        using var drawn = NodeKey.Draw();
        using var wide = CredentialFiles.Wide("node-2");
        var keys = new CertifiedKeys();
        keys.Add(wide);
        Assert.Null(keys.Fault("node-2", drawn.PublicKey));
        Assert.NotNull(keys.Fault("node-3", drawn.PublicKey));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_peer_with_bad_credentials_is_refused_and_named(string credentials, string end, string line)
    {
        using var good = _credentials.Of("node-1");
        using var shown = _credentials.Shown(credentials);
        // Without mutual authentication Akka shows no certificate as a client, even if it has one.
        var careless = new DotNettySslSetup(
            shown ?? _credentials.Shown("good")!, suppressValidation: true, requireMutualAuthentication: shown is not null, (_, _, _, _, _) => true);
        await using var node = new RemoteSystem("node", Settings, good.ForRemote((_, _) => "node-2"));
        await using var peer = new RemoteSystem("peer", Settings, careless);
        var (speaker, hearer) = end == "client" ? (peer, node) : (node, peer);
        speaker.EarOf(hearer).Tell("hello");
        if (shown is null) await node.LoggedAsync("client did not provide a certificate");
        else Assert.Contains(line, await node.LoggedAsync("refused peer"), StringComparison.Ordinal);

        // It survives: the first message that arrives is a good node's.
        using var third = _credentials.Of("node-2");
        await using var friend = new RemoteSystem("friend", Settings, third.ForRemote());
        friend.EarOf(node).Tell("good day");
        Assert.Equal("good day", await node.HeardAsync());
    }

    [Fact]
    public async Task A_peer_that_dies_in_the_handshake_harms_no_other()
    {
        using var good = _credentials.Of("node-1");
        await using var node = new RemoteSystem("node", Settings, good.ForRemote());
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Address("akka.ssl.tcp", "node", CredentialFiles.Host, ((IPEndPoint)listener.LocalEndpoint).Port);
        node.System.ActorSelection(new RootActorPath(address) / "user" / "ear").Tell("hello");
        (await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken)).Dispose();
        await node.LoggedAsync("Association failed with");
        await using var friend = new RemoteSystem("friend", Settings, good.ForRemote());
        node.EarOf(friend).Tell("good day");
        Assert.Equal("good day", await friend.HeardAsync());
        Assert.Null(CoordinatedShutdown.Get(node.System).ShutdownReason);
        await CoordinatedShutdown.Get(node.System).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await node.System.WhenTerminated;
    }

    [Fact]
    public async Task A_peer_without_tls_is_ignored()
    {
        using var good = _credentials.Of("node-1");
        await using var node = new RemoteSystem("node", Settings, good.ForRemote());
        await using var peer = new RemoteSystem("peer", WireSerializer.Settings);
        var plain = new Address("akka.tcp", node.Address.System, node.Address.Host, node.Address.Port);
        peer.System.ActorSelection(new RootActorPath(plain) / "user" / "ear").Tell("hello");
        await peer.LoggedAsync("Association failed with");
        await using var friend = new RemoteSystem("friend", Settings, good.ForRemote());
        friend.EarOf(node).Tell("good day");
        Assert.Equal("good day", await node.HeardAsync());
    }
}
