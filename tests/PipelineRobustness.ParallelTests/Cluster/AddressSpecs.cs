using System.Net;
using System.Net.Sockets;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Nodes at addresses whose text has two forms: IPv6, and names next to numbers.</summary>
[Collection(Clusters.OfHealthyNodes)]
public sealed class AddressSpecs
{
    [Fact]
    public async Task Nodes_over_IPv6_train_to_the_bits_of_one_process()
    {
        SkipWithoutIPv6();
        using var cluster = new NodeProcesses(2, NodeProcesses.Short);
        NodeProcess[] nodes = [cluster.Start("--host", "::1"), cluster.Start("--host", "[0:0:0:0:0:0:0:1]", "--seed-node", $"[::1]:{cluster.Port(0)}")];
        foreach (var node in nodes) Assert.True(await node.EndsAsync() == ExitCode.Done, cluster.Said);
        for (var number = 0; number < nodes.Length; number++)
            Assert.Contains($"node-{number + 1} joined ([::1]:{cluster.Port(number)}", nodes[number].Said, StringComparison.Ordinal);
        Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
    }

    [Fact]
    public async Task Nodes_over_IPv6_with_TLS_recover_from_a_death()
    {
        SkipWithoutIPv6();
        var certificates = Directory.CreateTempSubdirectory("certificates-").FullName;
        try
        {
            ClusterCertificates.Write(certificates, ["node-1", "node-2", "node-3"], ["[::1]"], days: 2, TimeProvider.System);
            using var cluster = new NodeProcesses(3, NodeProcesses.Short, "::1");
            var nodes = Enumerable.Range(0, 3).Select(number => cluster.Start(
                [.. Tls(certificates, $"node-{number + 1}"), .. number == 2 ? ["--kill-at", "2:forward"] : Array.Empty<string>()])).ToArray();
            foreach (var node in nodes[..2]) Assert.True(await node.EndsAsync() == ExitCode.Done, cluster.Said);
            Assert.Contains("node-3 is gone: its connection ended, and [::1]:", cluster.Said, StringComparison.Ordinal);
            Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
        }
        finally
        {
            Directory.Delete(certificates, recursive: true);
        }
    }

    [Fact]
    public async Task A_seed_with_TLS_is_shown_with_the_name_it_knows()
    {
        var certificates = Directory.CreateTempSubdirectory("certificates-").FullName;
        try
        {
            ClusterCertificates.Write(certificates, ["node-1", "node-2"], ["127.0.0.1"], days: 2, TimeProvider.System);
            using var cluster = new NodeProcesses(2, NodeProcesses.Endless);
            var first = cluster.Start(Tls(certificates, "node-1"));
            await first.SaysAsync("node-1 joined");
            var second = cluster.Start([.. Tls(certificates, "node-2"), "--seed-node", $"localhost:{cluster.Port(0)}", "--set", "cluster.join-within=2s"]);
            Assert.Equal(ExitCode.NotJoined, await second.EndsAsync());
            Assert.Contains($"which knows itself as 127.0.0.1:{cluster.Port(0)}", second.Said, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(certificates, recursive: true);
        }
    }

    [Fact]
    public async Task A_seed_that_hangs_up_on_a_question_is_asked_again()
    {
        using var cluster = new NodeProcesses(2, NodeProcesses.Endless);
        await cluster.Start().SaysAsync("node-1 joined");
        await using var relay = new HangsUpOnce(cluster.Port(0), text: "-question");
        var second = cluster.Start("--seed-node", $"127.0.0.1:{relay.Port}", "--set", "cluster.join-within=2s");
        Assert.Equal(ExitCode.NotJoined, await second.EndsAsync());
        Assert.True(relay.HasHungUp);
        Assert.Contains($"which knows itself as 127.0.0.1:{cluster.Port(0)}", second.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_starts_nodes_over_IPv6()
    {
        SkipWithoutIPv6();
        using var script = new ClusterScript();
        using var run = script.Start("--nodes", "2", "--out", script.Out, "--host", "[::1]", "--set", "training.iterations=10");
        Assert.True(await run.EndsAsync() == ExitCode.Done, run.Said);
        Assert.Contains("joined ([::1]:", run.Said, StringComparison.Ordinal);
        Assert.Equal(await ClusterScript.WeightsOfOneProcessAsync("--set", "training.iterations=10"), NodeProcesses.Weights(script.Out));
    }

    private static string[] Tls(string folder, string node) =>
    [
        "--set", $"cluster.tls.ca=\"{folder}/ca.pem\"", "--set", $"cluster.tls.certificate=\"{folder}/{node}.pem\"",
        "--set", $"cluster.tls.key=\"{folder}/{node}.key\"",
    ];

    private static void SkipWithoutIPv6() => Assert.SkipUnless(HasIPv6(out var reason), $"this machine has no loopback of IPv6: {reason}");

    private static bool HasIPv6(out string reason)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
            listener.Start();
            reason = "";
            return true;
        }
        catch (SocketException e)
        {
            reason = e.Message;
            return false;
        }
    }
}
