using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>Text: its length in bytes, then UTF-8. An unpaired surrogate is sent as U+FFFD.</summary>
internal sealed class StringPart : WirePart
{
    private const int BytesMost = 1 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static StringPart Instance { get; } = new();

    public override int Smallest => sizeof(int);

    public override string Signature => "string";

    public override void Write(WireWriter writer, object? value)
    {
        var text = (string)Given(value);
        var length = Encoding.UTF8.GetByteCount(text);
        Expect(length <= BytesMost, length);
        writer.Count(length);
        Encoding.UTF8.GetBytes(text, writer.Give(length));
    }

    public override object? Read(ref WireReader reader)
    {
        var length = reader.Count(smallest: 1);
        Expect(length <= BytesMost, length);
        try
        {
            return Strict.GetString(reader.Take(length));
        }
        catch (ArgumentException e)
        {
            throw new WireException("expected UTF-8 text, found other bytes", e);
        }
    }

    private static void Expect(bool holds, int length)
    {
        if (!holds) throw new WireException($"expected a text of at most {BytesMost} bytes, found {length}");
    }
}

/// <summary>An actor, by its path with the address of its node; ActorRefs.Nobody by an empty path.</summary>
internal sealed class ActorPart : WirePart
{
    private const int CharactersMost = 2000;

    public override int Smallest => StringPart.Instance.Smallest;

    public override string Signature => "actor";

    public override void Write(WireWriter writer, object? value)
    {
        var actor = (IActorRef)Given(value);
        StringPart.Instance.Write(writer, ReferenceEquals(actor, ActorRefs.Nobody) ? "" : Serialization.SerializedActorPath(actor));
    }

    public override object? Read(ref WireReader reader)
    {
        var path = (string)StringPart.Instance.Read(ref reader)!;
        if (path.Length == 0) return ActorRefs.Nobody;
        if (path.Length > CharactersMost || !ActorPath.TryParse(path, out _))
            throw new WireException($"expected an actor's path, found {path[..Math.Min(path.Length, 80)]}");
        return reader.System is { } system
            ? system.Provider.ResolveActorRef(path)
            : throw new WireException("there is no actor system to look an actor up in");
    }
}
