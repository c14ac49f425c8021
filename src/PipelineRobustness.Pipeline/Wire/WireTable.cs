using System.Collections.Frozen;
using System.Reflection;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>Every record that travels as a control message, by manifest (name and version, as in <c>BP1</c>) and by type.</summary>
internal sealed class WireTable
{
    private static readonly Lazy<WireTable> OfThisProject =
        new(() => new(typeof(WireTable).Assembly.GetTypes().Where(type => type.IsDefined(typeof(WireAttribute), inherit: false))));

    private readonly FrozenDictionary<string, Entry> _byManifest;
    private readonly FrozenDictionary<Type, Entry> _byType;

    /// <exception cref="WireException">A record cannot be sent, or two records share a name.</exception>
    public WireTable(IEnumerable<Type> types)
    {
        var parts = new WireParts();
        var entries = types.Select(type => new Entry(ManifestOf(type), type, parts.Record(type))).ToList();
        foreach (var alike in entries.GroupBy(entry => NameOf(entry.Type)).Where(group => group.Count() > 1))
            throw new WireException($"{alike.Key}: the name of {string.Join(" and of ", alike.Select(entry => entry.Type.Name))}");
        _byManifest = entries.ToFrozenDictionary(entry => entry.Manifest);
        _byType = entries.ToFrozenDictionary(entry => entry.Type);
    }

    /// <summary>All records of this project.</summary>
    public static WireTable Ours => OfThisProject.Value;

    /// <summary>All, in the order of their manifests.</summary>
    public IEnumerable<(string Manifest, Type Type, string Signature)> Entries =>
        _byManifest.Values.OrderBy(e => e.Manifest, StringComparer.Ordinal).Select(e => (e.Manifest, e.Type, e.Part.Signature));

    /// <summary>The manifest of a message.</summary>
    /// <exception cref="WireException">Its type cannot be sent.</exception>
    public string Manifest(object message) => Find(message).Manifest;

    /// <summary>A message's bytes.</summary>
    /// <exception cref="WireException">Its type cannot be sent, or a part of it is null or too large.</exception>
    public byte[] Write(object message)
    {
        var entry = Find(message);
        var writer = new WireWriter();
        try
        {
            entry.Part.Write(writer, message);
        }
        catch (WireException e)
        {
            throw new WireException($"{entry.Manifest} {writer.At}: {e.Message}", e);
        }

        return writer.ToArray();
    }

    /// <summary>Decodes a message received from outside.</summary>
    /// <exception cref="WireException">The manifest is unknown, or the bytes are not exactly one such message.</exception>
    public object Read(ReadOnlySpan<byte> bytes, string? manifest, ExtendedActorSystem? system)
    {
        manifest ??= "";
        if (!_byManifest.TryGetValue(manifest, out var entry))
            throw new WireException($"{manifest[..Math.Min(manifest.Length, 40)]}: unknown manifest; the sender runs another version, or something else");
        var reader = new WireReader(bytes, system);
        try
        {
            var message = entry.Part.Read(ref reader)!;
            reader.At = "end";
            return reader.Left == 0 ? message : throw new WireException($"expected nothing more, found {reader.Left} bytes");
        }
        catch (WireException e)
        {
            throw new WireException($"{manifest} {reader.At}: {e.Message}", e);
        }
    }

    private static string NameOf(Type type) => type.GetCustomAttribute<WireAttribute>()!.Name;

    private static string ManifestOf(Type type)
    {
        var mark = type.GetCustomAttribute<WireAttribute>()
            ?? throw new WireException($"{type.Name}: expected a record that is marked [Wire]");
        return mark.Name is { Length: >= 1 and <= 3 } && mark.Name.All(char.IsAsciiLetter) && mark.Version >= 1
            ? $"{mark.Name}{mark.Version}"
            : throw new WireException($"{type.Name}: expected a name of one to three letters and a version from 1, found {mark.Name} and {mark.Version}");
    }

    private Entry Find(object message) => _byType.TryGetValue(message.GetType(), out var entry)
        ? entry
        : throw new WireException($"{message.GetType().Name} does not travel: it is not marked [Wire]");

    private sealed record Entry(string Manifest, Type Type, WirePart Part);
}
