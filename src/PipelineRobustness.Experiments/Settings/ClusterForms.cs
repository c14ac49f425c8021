using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>A host's name or address.</summary>
public sealed record HostName() : PatternText($"{Name}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*", "a host's name or address")
{
    internal const string Name = "[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?";
}

/// <summary>A host and a port on it.</summary>
public sealed record HostAndPort() : PatternText($@"({HostName.Name}|\[[0-9A-Fa-f:.]+\]):[0-9]{{1,5}}", "\"host:port\"");

/// <summary>A node's name, or nothing.</summary>
public sealed record NodeNameOrNone() : PatternText("([A-Za-z0-9][A-Za-z0-9._-]{0,63})?", "letters, digits, '-', '_' and '.', or nothing");

/// <summary>The device that a node computes on.</summary>
public sealed record DeviceName() : PatternText("cpu|cuda:[0-9]{1,3}", "cpu or cuda:N");
