using System.Reflection;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>A record: the parts of its primary constructor, one after the other.</summary>
internal sealed class RecordPart : WirePart
{
    private readonly ConstructorInvoker _constructor;
    private readonly (string Name, MethodInvoker Get, WirePart Part)[] _parts;

    /// <exception cref="WireException">A part has a type that cannot be sent, or has no property.</exception>
    public RecordPart(Type type, Func<ParameterInfo, WirePart> partOf)
    {
        if (type.GetConstructors() is not [{ } constructor] || constructor.GetParameters() is not [_, ..] parameters)
            throw new WireException($"{type.Name}: expected a record with one public constructor and a part at least");
        _constructor = ConstructorInvoker.Create(constructor);
        _parts =
        [
            .. parameters.Select(parameter => type.GetProperty(parameter.Name!) is { } property && property.PropertyType == parameter.ParameterType
                ? ($"{type.Name}.{parameter.Name}", MethodInvoker.Create(property.GetMethod!), partOf(parameter))
                : throw new WireException($"{type.Name}.{parameter.Name}: expected a property of that name and type, found none")),
        ];
        Smallest = _parts.Sum(part => part.Part.Smallest);
        Signature = $"{type.Name}({string.Join(',', parameters.Zip(_parts, (p, part) => $"{p.Name}:{part.Part.Signature}"))})";
    }

    public override int Smallest { get; }

    public override string Signature { get; }

    public override void Write(WireWriter writer, object? value)
    {
        Given(value);
        foreach (var (name, get, part) in _parts)
        {
            writer.At = name;
            part.Write(writer, get.Invoke(value));
        }
    }

    public override object? Read(ref WireReader reader)
    {
        var values = new object?[_parts.Length];
        for (var i = 0; i < values.Length; i++)
        {
            reader.At = _parts[i].Name;
            values[i] = _parts[i].Part.Read(ref reader);
        }

        return _constructor.Invoke(values.AsSpan());
    }
}
