using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Tests.Pipeline.Security;

/// <summary>Real handshakes on loopback, like those of the lanes: a good pair works, and a refused peer reads the end of the stream and no byte.</summary>
public sealed class HandshakeSpecs : IDisposable
{
    private readonly CredentialFiles _credentials = new();

    public static TheoryData<string, string, string> Refused => CredentialFiles.Refused;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _credentials.Dispose();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Two_good_nodes_learn_each_other_s_names(SslProtocols protocol)
    {
        using var one = _credentials.Of("node-1");
        using var two = _credentials.Of("node-2");
        var refusals = new List<string>();
        var client = one.ForClient(CredentialFiles.Host, "node-2", refusals.Add);
        client.EnabledSslProtocols = protocol;
        await using var pair = await Pair.OpenAsync(two.ForServer(refusals.Add), client);
        Assert.Equal((true, true), (await pair.ServerIsHeardAsync(), await pair.ClientIsHeardAsync()));
        Assert.Equal(("node-1", "node-2"), (Name(pair.Server), Name(pair.Client)));
        Assert.Empty(refusals);
        static string? Name(SslStream stream) => NodeCredentials.NameOf((X509Certificate2)stream.RemoteCertificate!);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_peer_with_bad_credentials_is_refused_and_named(string credentials, string end, string line)
    {
        using var node = _credentials.Of("node-1");
        using var shown = _credentials.Shown(credentials);
        var refusals = new List<string>();
        await using var pair = end == "client"
            ? await Pair.OpenAsync(node.ForServer(refusals.Add), Careless(shown))
            : await Pair.OpenAsync(
                new SslServerAuthenticationOptions { ServerCertificate = shown }, node.ForClient(CredentialFiles.Host, "node-2", refusals.Add));
        Assert.False(end == "client" ? await pair.ServerIsHeardAsync() : await pair.ClientIsHeardAsync());
        Assert.Contains(line, Assert.Single(refusals), StringComparison.Ordinal);
    }

    /// <summary>A refusal is due to the credentials: the same careless peer is accepted with good ones.</summary>
    [Fact]
    public async Task The_careless_test_peer_is_accepted_with_good_credentials()
    {
        using var node = _credentials.Of("node-1");
        using var good = _credentials.Shown("good");
        await using (var asClient = await Pair.OpenAsync(node.ForServer(), Careless(good)))
            Assert.True(await asClient.ServerIsHeardAsync());
        await using var asServer = await Pair.OpenAsync(new SslServerAuthenticationOptions { ServerCertificate = good }, node.ForClient("127.0.0.1", "node-2"));
        Assert.True(await asServer.ClientIsHeardAsync());
    }

    private static SslClientAuthenticationOptions Careless(X509Certificate2? shown) => new()
    {
        TargetHost = CredentialFiles.Host,
        LocalCertificateSelectionCallback = (_, _, _, _, _) => shown!,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
    };

    /// <summary>Both ends of one connection after their handshakes, whatever the outcome.</summary>
    private sealed class Pair(SslStream server, SslStream client, bool serverDone, bool clientDone) : IAsyncDisposable
    {
        public SslStream Server => server;

        public SslStream Client => client;

        public static async Task<Pair> OpenAsync(SslServerAuthenticationOptions server, SslClientAuthenticationOptions client)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var connecting = new TcpClient();
            await connecting.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Stop);
            var accepted = await listener.AcceptTcpClientAsync(Stop);
            var (inbound, outbound) = (new SslStream(accepted.GetStream()), new SslStream(connecting.GetStream()));
            var done = await Task.WhenAll(
                ShakesHandsAsync(inbound, stream => stream.AuthenticateAsServerAsync(server, Stop)),
                ShakesHandsAsync(outbound, stream => stream.AuthenticateAsClientAsync(client, Stop)));
            return new Pair(inbound, outbound, done[0], done[1]);
        }

        /// <summary>Whether a byte from the server reaches the client.</summary>
        public Task<bool> ServerIsHeardAsync() => IsHeardAsync(server, serverDone, client, clientDone);

        /// <summary>Whether a byte from the client reaches the server.</summary>
        public Task<bool> ClientIsHeardAsync() => IsHeardAsync(client, clientDone, server, serverDone);

        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync();
            await client.DisposeAsync();
        }

        private static async Task<bool> ShakesHandsAsync(SslStream stream, Func<SslStream, Task> shake)
        {
            try
            {
                await shake(stream);
                return true;
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                await stream.DisposeAsync();
                return false;
            }
        }

        // The client's handshake may end before the server judges the client's certificate: only a read shows the verdict.
        private static async Task<bool> IsHeardAsync(SslStream speaker, bool speaks, SslStream hearer, bool hears)
        {
            if (speaks) await speaker.WriteAsync(new byte[] { 7 }, Stop);
            if (!hears) return false;
            try
            {
                return await hearer.ReadAsync(new byte[1], Stop) == 1;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
