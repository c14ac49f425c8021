using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>
/// Control messages between nodes: every record that is marked <see cref="WireAttribute"/>, and nothing else. The bytes are
/// the record's parts in order, little-endian; the manifest names the record and its version.
/// </summary>
public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>What an actor system needs to send control messages and to refuse everything else: wire.conf and a binding for each record.</summary>
    public static Config Settings { get; } = ConfigurationFactory.ParseString(Bindings()).WithFallback(Embedded.Settings("wire.conf"));

    /// <inheritdoc/>
    public override int Identifier => 4210;

    /// <inheritdoc/>
    public override string Manifest(object o) => WireTable.Ours.Manifest(o);

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => WireTable.Ours.Write(obj);

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => WireTable.Ours.Read(bytes, manifest, system);

    private static string Bindings()
    {
        var lines = WireTable.Ours.Entries.Select(entry => $"\"{entry.Type.FullName}, {entry.Type.Assembly.GetName().Name}\" = wire");
        return $"akka.actor.serialization-bindings {{\n{string.Join('\n', lines)}\n}}";
    }
}
