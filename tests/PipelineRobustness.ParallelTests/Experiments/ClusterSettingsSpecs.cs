using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A node's location belongs to the node, never to a run.</summary>
public sealed class ClusterSettingsSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_node_without_settings_is_alone_on_its_machine()
    {
        var cluster = _files.Read("").Cluster;
        Assert.Equal(("127.0.0.1", 2551, 0, 1), (cluster.Host, cluster.Port, cluster.LanePort, cluster.Nodes));
        Assert.Empty(cluster.SeedNodes);
        Assert.Equal((null, null, "cpu", false, null), (cluster.Name, cluster.Stages, cluster.Device, cluster.Insecure, cluster.Tls.Ca));
        Assert.Equal("127.0.0.1-4711", cluster.NameAt(4711));
        Assert.Null(cluster.Warning);
    }

    [Fact]
    public void Every_setting_is_read()
    {
        var cluster = _files.Read(
            """
            cluster {
              host = host-1.example, port = 0, lane-port = 7, seed-nodes = ["10.0.0.1:2551", "[::1]:1"], name = node-1, nodes = 4, stages = 2
              device = "cuda:1"
              tls { ca = ca.pem, certificate = node-1.pem, key = node-1.key }
            }
            """).Cluster;
        Assert.Equal(("host-1.example", 0, 7, 4, 2, "cuda:1"), (cluster.Host, cluster.Port, cluster.LanePort, cluster.Nodes, cluster.Stages, cluster.Device));
        Assert.Equal(["10.0.0.1:2551", "[::1]:1"], cluster.SeedNodes);
        Assert.Equal("node-1", cluster.NameAt(4711));
        Assert.Equal(new TlsSettings { Ca = "ca.pem", Certificate = "node-1.pem", Key = "node-1.key" }, cluster.Tls);
        Assert.Equal(["a:1"], _files.Read("", "cluster.seed-nodes=\"a:1\"").Cluster.SeedNodes);
    }

    [Theory]
    [InlineData("cluster.host = 192.168.1.7")]
    [InlineData("cluster.host = localhost.example")]
    public void A_node_reachable_from_outside_without_TLS_must_opt_in_and_is_warned(string host)
    {
        Assert.StartsWith(
            "a.conf:1: cluster.host: expected an address of this machine alone, or cluster.tls, or cluster.insecure = true, found ",
            _files.Refused(host), StringComparison.Ordinal);
        var insecure = _files.Read($"{host}\ncluster.insecure = true").Cluster;
        Assert.StartsWith("cluster.insecure: anyone who can reach ", insecure.Warning, StringComparison.Ordinal);
        Assert.Null(_files.Read($"{host}\ncluster.tls {{ ca = a, certificate = b, key = c }}").Cluster.Warning);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("[::]", "::")]
    public void A_wildcard_address_cannot_be_reached_by_others(string host, string? found = null) => Assert.Equal(
        $"a.conf:1: cluster.host: expected the address that others reach this node at, found {found ?? host}",
        _files.Refused($"cluster {{ host = \"{host}\", insecure = true }}"));

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("::ffff:127.0.0.1")]
    public void A_node_on_its_own_machine_needs_neither_TLS_nor_opt_in(string host)
    {
        Assert.True(_files.Read($"cluster.host = \"{host}\"").Cluster.IsLoopback);
        Assert.Null(_files.Read($"cluster {{ host = \"{host}\", insecure = true }}").Cluster.Warning);
    }

    [Theory]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("0:0:0:0:0:0:0:1")]
    public void An_address_of_IPv6_has_one_spelling_in_every_setting(string host)
    {
        var cluster = _files.Read(
            $"cluster {{ host = \"{host}\", seed-nodes = [\"[{host.Trim('[', ']')}]:2551\", \"host-1:1\"] }}", $"cluster.host=\"{host}\"").Cluster;
        Assert.Equal("::1", cluster.Host);
        Assert.Equal(["[::1]:2551", "host-1:1"], cluster.SeedNodes);
        Assert.Equal("0.0.0.0.0.0.0.1-4711", cluster.NameAt(4711));
    }

    [Theory]
    [InlineData("cluster.host = \"fe80::1%eth0\"", "a.conf:1: cluster.host: expected .., found fe80::1%eth0")]
    [InlineData("cluster.host = \"[::1]:7\"", "a.conf:1: cluster.host: expected .., found [::1]:7")]
    [InlineData("cluster.seed-nodes = [\"::1:2551\"]", "a.conf:1: cluster.seed-nodes: expected .. brackets .., found ::1:2551")]
    [InlineData("cluster.seed-nodes = [\"[::1]:99999\"]", "a.conf:1: cluster.seed-nodes: expected .., found [::1]:99999")]
    [InlineData("cluster.port = 65536", "a.conf:1: cluster.port: expected .. 0 .. 65535 .., found 65536")]
    [InlineData("cluster.nodes = 0", "a.conf:1: cluster.nodes: expected .. 1 .. 1000 .., found 0")]
    [InlineData("cluster.device = gpu", "a.conf:1: cluster.device: expected .. cuda:N .., found gpu")]
    [InlineData("cluster.name = \"a b\"", "a.conf:1: cluster.name: expected .., found a b")]
    [InlineData("cluster.host = \"\"", "a.conf:1: cluster.host: expected .., found nothing")]
    [InlineData("cluster.seed-nodes = [\"a:1\", \"b\"]", "a.conf:1: cluster.seed-nodes: expected .. \"host:port\" .., found b")]
    [InlineData("cluster.seed-nodes = { a = 1 }", "a.conf:1: cluster.seed-nodes: expected .. \"host:port\" .., found a section { ... }")]
    [InlineData("cluster.tls { ca = a, key = b }", "reference.conf:TLS: cluster.tls.certificate: expected .. cluster.tls .., found nothing")]
    [InlineData("cluster.hots = a", "a.conf:1: unknown setting cluster.hots .. cluster.host")]
    [InlineData("runs = [{ name = a, cluster.port = 1 }]", "a.conf:1: cluster.port: expected .., found inside a run")]
    [InlineData("grid = { cluster.port = [1, 2] }", "a.conf:1: cluster.port: expected .., found inside a grid")]
    [InlineData("grid = { seed = [1, 2], name = \"x{cluster.port}\" }", "a.conf:1: unknown setting {cluster.port} in x{cluster.port} .. ")]
    public void A_wrong_setting_is_named(string text, string message)
    {
        var found = System.Text.RegularExpressions.Regex.Replace(_files.Refused(text), "^reference.conf:[0-9]+", "reference.conf:TLS");
        Refusal.Like(message, found);
    }

    [Fact]
    public void Node_settings_enter_no_run_and_no_result()
    {
        var experiment = _files.Read("cluster { port = 7, name = here }\nruns = [{ name = a }]");
        Assert.Null(experiment.Runs[0].Effective.Find("cluster"));
        var result = new ExperimentResult(experiment, "run a.conf", DateTimeOffset.UnixEpoch, [RunResult.NotBegun(experiment.Runs[0], default, "why")]);
        Assert.DoesNotContain("cluster", ExperimentJson.Text(result), StringComparison.Ordinal);
        Assert.Contains("cluster.port = 7", EffectiveText.Of(experiment), StringComparison.Ordinal);
    }
}
