using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Tests.Pipeline.Security;

/// <summary>What the command creates can be loaded; otherwise one line reports setting, file, what was expected and what was found.</summary>
public sealed class ClusterTlsSpecs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private ClusterTls Tls => ClusterCertificates.Of(_folder.Path, "node-1");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Created_certificates_load_and_keys_are_readable_by_their_owner_only()
    {
        var files = Make();
        string[] names = ["ca.pem", "node-1.pem", "node-1.key", "node-2.pem", "node-2.key"];
        Assert.Equal(names, files.Select(Path.GetFileName));
        using var credentials = Tls.Load(TimeProvider.System);
        Assert.Equal("node-1", credentials.Node);
        if (OperatingSystem.IsWindows()) return;
        foreach (var key in files.Where(file => file.EndsWith(".key", StringComparison.Ordinal)))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
    }

    /// <summary>A node that every peer would refuse does not start.</summary>
    [Theory]
    [InlineData("node-1", "127.0.0.1", null)]
    [InlineData("node-2", "127.0.0.1", "for node node-1, not for node-2")]
    [InlineData("node-1", "10.1.2.3", "CN=node-1: not for host 10.1.2.3")]
    public void A_name_or_host_that_peers_would_refuse_is_refused_up_front(string node, string host, string? fault)
    {
        Make();
        using var credentials = Tls.Load(TimeProvider.System);
        Assert.Equal(fault, credentials.FaultAs(node, host));
    }

    [Fact]
    public void The_authority_s_key_is_never_written()
    {
        Make();
        Assert.DoesNotContain("PRIVATE KEY", File.ReadAllText(Tls.Ca), StringComparison.Ordinal);
        Assert.Equal(5, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void Certificates_are_never_overwritten()
    {
        File.WriteAllText(Tls.Key, "mine");
        Assert.Contains($"found {Tls.Key}", Assert.Throws<BadInputException>(() => Make()).Message, StringComparison.Ordinal);
        Assert.Equal([Tls.Key], Directory.GetFiles(_folder.Path));
        Assert.Equal("mine", File.ReadAllText(Tls.Key));
    }

    [Theory]
    [InlineData("ca", "expected a file, found nothing there")]
    [InlineData("certificate", "expected a file, found nothing there")]
    [InlineData("key", "expected a file, found nothing there")]
    public void A_missing_file_is_named(string setting, string found) => Refused(setting, File.Delete, found);

    [Theory]
    [InlineData("ca", "expected a PEM certificate, found none")]
    [InlineData("certificate", "expected a PEM certificate, found none")]
    [InlineData("key", "expected a PEM private key, found none")]
    public void A_file_of_another_kind_is_named(string setting, string found) => Refused(setting, path => File.WriteAllText(path, "hello\n"), found);

    [Theory]
    [InlineData("ca")]
    [InlineData("certificate")]
    [InlineData("key")]
    public void A_damaged_file_is_named(string setting) =>
        Refused(setting, path => File.WriteAllText(path, File.ReadAllText(path).Replace("MI", "AA", StringComparison.Ordinal)), "expected");

    [Fact]
    public void A_key_that_does_not_match_is_named() => Refused(
        "key", path => File.Copy(Path.ChangeExtension(path.Replace("node-1", "node-2", StringComparison.Ordinal), "key"), path, overwrite: true),
        $"expected the private key of {Tls.Certificate}, found another");

    [Fact]
    public void Another_authority_is_named()
    {
        using var other = new TemporaryFolder();
        ClusterCertificates.Write(other.Path, ["node-1"], ["localhost"], 1, TimeProvider.System);
        Refused("certificate", _ => File.Copy(Path.Combine(other.Path, "ca.pem"), Tls.Ca, overwrite: true), "not signed by the cluster's authority");
    }

    [Fact]
    public void A_node_s_certificate_is_no_authority() => Refused(
        "ca", path => File.Copy(Tls.Certificate, path, overwrite: true),
        "expected certificates of an authority, found CN=node-1, which may not sign others");

    [Fact]
    public void Expired_certificates_are_named()
    {
        Make();
        var later = new Experiments.ManualClock();
        later.Advance(TimeProvider.System.GetUtcNow().AddDays(31) - later.GetUtcNow());
        var message = Assert.Throws<BadInputException>(() => Tls.Load(later)).Message;
        Assert.Contains($"cluster.tls.certificate: {Tls.Certificate}: expected", message, StringComparison.Ordinal);
        Assert.Contains("is not valid now", message, StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Make() =>
        ClusterCertificates.Write(_folder.Path, ["node-1", "node-2"], ["localhost", "127.0.0.1"], days: 30, TimeProvider.System);

    private void Refused(string setting, Action<string> spoil, string found)
    {
        Make();
        var path = setting switch { "ca" => Tls.Ca, "certificate" => Tls.Certificate, _ => Tls.Key };
        spoil(path);
        var message = Assert.Throws<BadInputException>(() => Tls.Load(TimeProvider.System)).Message;
        Assert.StartsWith($"cluster.tls.{setting}: {path}: ", message, StringComparison.Ordinal);
        Assert.Contains(found, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
