namespace PipelineRobustness.Pipeline.Messages;

/// <summary>
/// Marks a record that travels between nodes as a control message. Its manifest on the wire is name and version.
/// Raise the version when the record's parts change, so that nodes of different programs refuse each other's messages.
/// </summary>
/// <param name="name">One to three letters, unique.</param>
/// <param name="version">Counted from 1.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WireAttribute(string name, int version = 1) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>The version of the record's parts.</summary>
    public int Version { get; } = version;
}
