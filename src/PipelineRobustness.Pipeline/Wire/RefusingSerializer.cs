using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>
/// Takes the place of a serializer of Akka's whose bytes may name any type, or make an actor, and refuses both ways. That it
/// goes by manifests as text matters: for others Akka looks the named type up before it asks.
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

    // From outside a manifest may be missing, whatever the signature says.
    private WireException Refusal(string? what) => new(
        $"serializer {_identifier} is not spoken here: refused {(string.IsNullOrEmpty(what) ? "what names no type" : what[..Math.Min(what.Length, 80)])}");
}
