using System.Net;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Where this node is and which cluster it joins. It is the node's own: no run and no result depends on it.</summary>
public sealed record ClusterSettings
{
    /// <summary>The name or address that the node binds to and that others reach it at; one of IPv6 in quotes, with or without brackets.</summary>
    [Setting<HostName>]
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port of control messages; 0 takes any free port.</summary>
    [Setting(0, 65_535)]
    public int Port { get; init; } = 2551;

    /// <summary>The port of tensors; 0 takes any free port.</summary>
    [Setting(0, 65_535)]
    public int LanePort { get; init; }

    /// <summary>
    /// Nodes of the cluster to join, each "host:port" with the host as that node's <c>host</c> says it (a name and its number are
    /// two); an address of IPv6 in brackets: "[::1]:2551". Empty: this node is the first.
    /// </summary>
    [SettingList<HostAndPort>]
    public IReadOnlyList<string> SeedNodes { get; init; } = [];

    /// <summary>The node's name; its certificate is issued to this name. Empty: its host and port.</summary>
    [Setting<NodeNameOrNone>]
    public string? Name { get; init; }

    /// <summary>How many nodes to wait for before a run begins.</summary>
    [Setting(1, 1_000)]
    public int Nodes { get; init; } = 1;

    /// <summary>How long the node tries to join (duration).</summary>
    [Setting]
    public TimeSpan JoinWithin { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Number of stages that the node has room for; 0: any number.</summary>
    [Setting(0, 1_000)]
    public int? Stages { get; init; }

    /// <summary>The device that its stages compute on: cpu, or cuda:N.</summary>
    [Setting<DeviceName>]
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Niceness of the threads that compute, so that the node's own messages and the rest of the machine go first: 0 (not at
    /// all) to 19 (Linux).
    /// </summary>
    [Setting(0, 19)]
    public int Niceness { get; init; } = 10;

    /// <summary>
    /// true: the node may be reached from other machines without TLS. Anyone who can reach it can then read and change
    /// everything.
    /// </summary>
    [Setting]
    public bool Insecure { get; init; }

    /// <summary>Mutual TLS; all three files or none (PEM).</summary>
    [Setting]
    public TlsSettings Tls { get; init; } = new();

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => HostText.AreSame(Host, "localhost") || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>A warning to print before it starts, in one line; null where there is none.</summary>
    public string? Warning => Insecure && !Tls.IsSet && !IsLoopback
        ? $"cluster.insecure: anyone who can reach {Host} can read and change everything that nodes send each other"
        : null;

    /// <summary>Its name once its port is known.</summary>
    public string NameAt(int port) => Name ?? FormattableString.Invariant($"{HostText.InName(Host)}-{port}");

    /// <summary>Checks that they fit together.</summary>
    /// <param name="written">The top of the file, where each value was written.</param>
    /// <exception cref="BadInputException">They do not.</exception>
    internal ClusterSettings CheckedAgainst(SettingSection written)
    {
        BadInputException Bad(string name, string expected, string found) =>
            new($"{written.Find($"cluster.{name}")!.Origin}: cluster.{name}: expected {expected}, found {found}");

        if (Tls.Absent is { } absent) throw Bad($"tls.{absent}", "a file, since others of cluster.tls are set", "nothing");
        if (IPAddress.TryParse(Host, out var any) && (any.Equals(IPAddress.Any) || any.Equals(IPAddress.IPv6Any)))
            throw Bad("host", "the address that others reach this node at", Host);
        if (!IsLoopback && !Tls.IsSet && !Insecure)
        {
            throw Bad(
                "host", "an address of this machine alone, or cluster.tls, or cluster.insecure = true", $"{OneLine.Of(Host)} without TLS");
        }

        return this;
    }
}

/// <summary>The files of mutual TLS, in PEM.</summary>
public sealed record TlsSettings
{
    /// <summary>The certificate of the authority that has signed every node's.</summary>
    [Setting<PathText>]
    public string? Ca { get; init; }

    /// <summary>This node's certificate.</summary>
    [Setting<PathText>]
    public string? Certificate { get; init; }

    /// <summary>This node's private key.</summary>
    [Setting<PathText>]
    public string? Key { get; init; }

    /// <summary>Whether there is TLS.</summary>
    public bool IsSet => (Ca ?? Certificate ?? Key) is not null;

    /// <summary>The first file that is missing while others are set.</summary>
    internal string? Absent => !IsSet ? null : Ca is null ? "ca" : Certificate is null ? "certificate" : Key is null ? "key" : null;
}
