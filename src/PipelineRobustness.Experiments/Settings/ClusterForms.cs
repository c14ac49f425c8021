using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>A host's name or address, read in its one spelling.</summary>
public sealed record HostName : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => "a host's name or address";

    /// <inheritdoc/>
    public override object? Read(string text) => HostText.Read(text);
}

/// <summary>A host and a port on it, read in the one spelling of the host.</summary>
public sealed record HostAndPort : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => "\"host:port\", an address of IPv6 in brackets (\"[::1]:2551\")";

    /// <inheritdoc/>
    public override object? Read(string text) => HostText.ReadWithPort(text) is { } place ? HostText.WithPort(place) : null;
}

/// <summary>A node's name, or nothing.</summary>
public sealed record NodeNameOrNone() : PatternText("([A-Za-z0-9][A-Za-z0-9._-]{0,63})?", "letters, digits, '-', '_' and '.', or nothing");

/// <summary>The device that a node computes on.</summary>
public sealed record DeviceName() : PatternText("cpu|cuda:[0-9]{1,3}", "cpu or cuda:N");
