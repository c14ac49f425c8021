using System.Net;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>A test authority and papers for each node, in a folder: <c>ca.pem</c>, <c>NODE.pem</c>, <c>NODE.key</c>.</summary>
public static class ClusterCertificates
{
    private const int DaysMost = 10_000;

    // Clocks of machines differ.
    private static readonly TimeSpan Earlier = TimeSpan.FromHours(1);

    /// <summary>Where a node's papers lie in such a folder.</summary>
    public static ClusterTls Of(string folder, string node) =>
        new(Path.Combine(folder, "ca.pem"), Path.Combine(folder, $"{node}.pem"), Path.Combine(folder, $"{node}.key"));

    /// <summary>Makes them. Nothing is overwritten; keys are readable by their owner alone; the authority's is not kept.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="nodes">The nodes' names.</param>
    /// <param name="hosts">Host names and addresses by which any of them is connected to.</param>
    /// <param name="days">How long they are valid.</param>
    /// <param name="clock">Tells from when.</param>
    /// <returns>The files.</returns>
    /// <exception cref="BadInputException">A name, a host or the number of days is none; the folder cannot be written; a file is there already.</exception>
    public static IReadOnlyList<string> Write(string folder, IReadOnlyList<string> nodes, IReadOnlyList<string> hosts, int days, TimeProvider clock)
    {
        Expect(nodes.Count > 0, "--nodes", "a node at least", "none");
        Expect(hosts.Count > 0, "--hosts", "a host at least", "none");
        Expect(days is >= 1 and <= DaysMost, "--days", $"1 to {DaysMost}", $"{days}");
        foreach (var node in nodes)
            Expect(CertifiedNames.IsGood(node) && node != "ca", "--nodes", "names of letters, digits, hyphens, dots and underscores, other than ca", node);
        foreach (var twice in nodes.GroupBy(node => node).Where(group => group.Count() > 1))
            Expect(false, "--nodes", "each node once", $"{twice.Key} {twice.Count()} times");
        foreach (var host in hosts)
            Expect(IPAddress.TryParse(host, out _) || Uri.CheckHostName(host) == UriHostNameType.Dns, "--hosts", "host names and addresses", host);
        return Write(folder, nodes, hosts, clock.GetUtcNow() - Earlier, clock.GetUtcNow().AddDays(days));
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
                throw new BadInputException($"--out: expected a folder where none of the files is yet, found {there}");
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
