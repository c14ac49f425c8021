using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Pipeline.Lanes;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>A test authority's certificate, and a certificate and a key for each node, in a folder: <c>ca.pem</c>, <c>NODE.pem</c>, <c>NODE.key</c>.</summary>
public static class ClusterCertificates
{
    private const int DaysMost = 10_000;

    // Machines' clocks differ.
    private static readonly TimeSpan Earlier = TimeSpan.FromHours(1);

    /// <summary>The files of a node in such a folder.</summary>
    public static ClusterTls Of(string folder, string node) =>
        new(Path.Combine(folder, "ca.pem"), Path.Combine(folder, $"{node}.pem"), Path.Combine(folder, $"{node}.key"));

    /// <summary>Creates them. Nothing is overwritten; only their owner can read the keys; the authority's key is not kept.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="nodes">The nodes' names.</param>
    /// <param name="hosts">The host names and addresses of all nodes.</param>
    /// <param name="days">How long they are valid.</param>
    /// <param name="clock">Determines the start of validity.</param>
    /// <returns>The files.</returns>
    /// <exception cref="BadInputException">A name, a host or the number of days is invalid; the folder cannot be written; a file already exists.</exception>
    public static IReadOnlyList<string> Write(string folder, IReadOnlyList<string> nodes, IReadOnlyList<string> hosts, int days, TimeProvider clock)
    {
        Expect(nodes.Count > 0, "--nodes", "at least one node", "none");
        Expect(hosts.Count > 0, "--hosts", "at least one host", "none");
        Expect(days is >= 1 and <= DaysMost, "--days", $"1 to {DaysMost}", $"{days}");
        foreach (var node in nodes)
            Expect(CertifiedNames.IsGood(node) && node != "ca", "--nodes", "names of letters, digits, hyphens, dots and underscores, other than ca", node);
        foreach (var twice in nodes.GroupBy(node => node).Where(group => group.Count() > 1))
            Expect(false, "--nodes", "each node once", $"{twice.Key} {twice.Count()} times");
        foreach (var host in hosts)
            Expect(HostText.Read(host) is not null, "--hosts", "host names and addresses", host);
        return Write(folder, nodes, [.. hosts.Select(HostText.Plain)], clock.GetUtcNow() - Earlier, clock.GetUtcNow().AddDays(days));
    }

    private static List<string> Write(string folder, IReadOnlyList<string> nodes, IReadOnlyList<string> hosts, DateTimeOffset from, DateTimeOffset until)
    {
        using var authority = new CertificateAuthority("pipeline test authority", from, until);
        var files = new List<(string Path, string Text, bool Secret)>();
        foreach (var node in nodes)
        {
            var (certificate, key) = authority.Issue(new CertificateOrder(node, hosts, from, until));
            var places = Of(folder, node);
            if (files.Count == 0) files.Add((places.Ca, authority.Pem, false));
            files.Add((places.Certificate, certificate, false));
            files.Add((places.Key, key, true));
        }

        try
        {
            Directory.CreateDirectory(folder);
            if (files.Find(file => Path.Exists(file.Path)) is { Path: { } there })
                throw new BadInputException($"--out: expected a folder without these files, found {there}");
            foreach (var (path, text, secret) in files) Create(path, text, secret);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            throw new BadInputException($"--out: expected a folder that can be written, found {folder}: {e.Message}", e);
        }

        return [.. files.Select(file => file.Path)];
    }

    private static void Create(string path, string text, bool secret)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (secret && !OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new StreamWriter(path, options);
        file.Write(text + "\n");
    }

    private static void Expect(bool holds, string option, string expected, string found)
    {
        if (!holds) throw new BadInputException($"{option}: expected {expected}, found {(found.Length > 0 ? found : "an empty name")}");
    }
}
