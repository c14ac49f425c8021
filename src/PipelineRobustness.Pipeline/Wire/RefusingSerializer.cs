using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>
/// Replaces an Akka serializer whose bytes may name any type or create an actor, and refuses to read or write. It must use
/// string manifests: for other serializers Akka resolves the named type before it calls them.
/// </summary>
/// <param name="system">The actor system.</param>
/// <param name="settings">Its section in akka.actor.serialization-settings: the identifier of what it replaces.</param>
public sealed class RefusingSerializer(ExtendedActorSystem system, Config settings) : SerializerWithStringManifest(system)
{
    private readonly int _identifier = settings.GetInt("identifier");

    /// <inheritdoc/>
    public override int Identifier => _identifier;

    /// <inheritdoc/>
    public override string Manifest(object o) => throw Refusal(o.GetType().Name);

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => throw Refusal(obj.GetType().Name);

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => throw Refusal(manifest);

    // A message from outside may lack a manifest, despite the non-null signature.
    private WireException Refusal(string? what) => new(
        $"serializer {_identifier} is not spoken here: refused {(string.IsNullOrEmpty(what) ? "what names no type" : what[..Math.Min(what.Length, 80)])}");
}
