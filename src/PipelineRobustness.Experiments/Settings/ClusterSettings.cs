using System.Net;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>
/// Where this node is and whom it joins. It is the node's own: no run's settings, no number and no result depend on it.
/// </summary>
/// <param name="Host">The address that it binds to and is reached at.</param>
/// <param name="Port">The port of control messages; 0 takes any.</param>
/// <param name="LanePort">The port of tensors; 0 takes any.</param>
/// <param name="SeedNodes">Whom it asks to let it in, as <c>host:port</c>; empty: it is the first itself.</param>
/// <param name="Name">What it is called; null for host and port.</param>
/// <param name="Nodes">How many nodes to wait for before a run begins.</param>
/// <param name="JoinWithin">How long it tries to be let in.</param>
/// <param name="Stages">How many stages it has room for; null for any number.</param>
/// <param name="Device">Where its stages compute: <c>cpu</c>, or <c>cuda:N</c>.</param>
/// <param name="Niceness">By how much threads that compute give way to others.</param>
/// <param name="Insecure">Whether it may be reached from other machines without TLS.</param>
/// <param name="Tls">Its certificate; null without TLS.</param>
public sealed record ClusterSettings(
    string Host, int Port, int LanePort, IReadOnlyList<string> SeedNodes, string? Name, int Nodes, TimeSpan JoinWithin, int? Stages, string Device,
    int Niceness, bool Insecure, TlsFiles? Tls)
{
    /// <summary>The section of an experiment file that holds them, at its top only.</summary>
    public const string Section = "cluster";

    /// <summary>Whether nobody on another machine can reach it.</summary>
    public bool IsLoopback => IsLoopbackName(Host);

    /// <summary>What a user must be told before it is started, in one line; null where there is nothing.</summary>
    public string? Warning => Insecure && Tls is null && !IsLoopback
        ? $"cluster.insecure: whoever reaches {Host} can read and change everything that nodes send each other"
        : null;

    /// <summary>What it is called once its port is known.</summary>
    public string NameAt(int port) => Name ?? FormattableString.Invariant($"{Host.Replace(':', '.')}-{port}");

    /// <summary>Reads them from an experiment's base, already checked value by value.</summary>
    /// <exception cref="BadInputException">They do not fit together.</exception>
    internal static ClusterSettings Read(SettingSection settings)
    {
        string Text(string name) => ((SettingText)settings.Find($"{Section}.{name}")!).Text;
        T Value<T>(string name) => (T)Schema.Plain[$"{Section}.{name}"].Read(Text(name))!;
        int Count(string name) => (int)Value<long>(name);
        var room = Count("stages");
        var read = new ClusterSettings(
            Text("host"), Count("port"), Count("lane-port"), [.. LayerCheck.Entries(settings.Find(Schema.SeedNodes)!).Select(n => ((SettingText)n).Text)],
            Text("name") is { Length: > 0 } name ? name : null, Count("nodes"), Value<TimeSpan>("join-within"), room > 0 ? room : null, Text("device"),
            Count("niceness"), Value<bool>("insecure"), ReadTls(settings));
        if (IPAddress.TryParse(read.Host, out var any) && (any.Equals(IPAddress.Any) || any.Equals(IPAddress.IPv6Any)))
        {
            throw new BadInputException(
                $"{settings.Find($"{Section}.host")!.Origin}: cluster.host: expected the address that others reach this node at, found {read.Host}");
        }

        if (!read.IsLoopback && read.Tls is null && !read.Insecure)
        {
            throw new BadInputException(
                $"{settings.Find($"{Section}.host")!.Origin}: cluster.host: expected an address of this machine alone, or cluster.tls, "
                + $"or cluster.insecure = true, found {OneLine.Of(read.Host)} without TLS");
        }

        return read;
    }

    private static TlsFiles? ReadTls(SettingSection settings)
    {
        string[] names = ["ca", "certificate", "key"];
        var files = names.Select(name => (Name: $"{Section}.tls.{name}", Node: (SettingText)settings.Find($"{Section}.tls.{name}")!)).ToList();
        if (files.TrueForAll(f => f.Node.Text.Length == 0))
            return null;

        var absent = files.Find(f => f.Node.Text.Length == 0);
        return absent.Node is null
            ? new TlsFiles(files[0].Node.Text, files[1].Node.Text, files[2].Node.Text)
            : throw new BadInputException($"{absent.Node.Origin}: {absent.Name}: expected a file, since others of cluster.tls are set, found nothing");
    }

    private static bool IsLoopbackName(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}

/// <summary>The files of mutual TLS, in PEM.</summary>
/// <param name="Authority">The certificate of the authority that has signed every node's.</param>
/// <param name="Certificate">This node's certificate.</param>
/// <param name="Key">Its private key.</param>
public sealed record TlsFiles(string Authority, string Certificate, string Key);
