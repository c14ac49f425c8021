using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>
/// The closed set of types allowed in a control message: plain values, text, enumerations, actors, records of this
/// project, arrays, sets and dictionaries of these. Any other type in a record is an error at program start.
/// </summary>
internal sealed class WireParts
{
    private static readonly Dictionary<Type, WirePart> Plain = new()
    {
        [typeof(bool)] = new FixedPart<bool>("bool", 1, (to, value) => to[0] = value ? (byte)1 : (byte)0, ReadBool),
        [typeof(int)] = new FixedPart<int>("int32", sizeof(int), BinaryPrimitives.WriteInt32LittleEndian, BinaryPrimitives.ReadInt32LittleEndian),
        [typeof(long)] = new FixedPart<long>("int64", sizeof(long), BinaryPrimitives.WriteInt64LittleEndian, BinaryPrimitives.ReadInt64LittleEndian),
        [typeof(ulong)] = new FixedPart<ulong>(
            "uint64", sizeof(ulong), BinaryPrimitives.WriteUInt64LittleEndian, BinaryPrimitives.ReadUInt64LittleEndian),
        [typeof(UInt128)] = new FixedPart<UInt128>("uint128", 16, BinaryPrimitives.WriteUInt128LittleEndian, BinaryPrimitives.ReadUInt128LittleEndian),
        [typeof(double)] = new FixedPart<double>(
            "float64", sizeof(double), BinaryPrimitives.WriteDoubleLittleEndian, BinaryPrimitives.ReadDoubleLittleEndian),
        [typeof(TimeSpan)] = new FixedPart<TimeSpan>(
            "ticks", sizeof(long), (to, value) => BinaryPrimitives.WriteInt64LittleEndian(to, value.Ticks),
            from => new TimeSpan(BinaryPrimitives.ReadInt64LittleEndian(from))),
        [typeof(DateTimeOffset)] = new FixedPart<DateTimeOffset>("instant", sizeof(long) + sizeof(short), WriteInstant, ReadInstant),
        [typeof(string)] = StringPart.Instance,
        [typeof(ImmutableArray<byte>)] = BytesPart.Instance,
        [typeof(IActorRef)] = new ActorPart(),
    };

    private static readonly Dictionary<Type, Type> Collections = new()
    {
        [typeof(ImmutableArray<>)] = typeof(ArrayPart<>),
        [typeof(ImmutableSortedSet<>)] = typeof(SetPart<>),
        [typeof(ImmutableDictionary<,>)] = typeof(DictionaryPart<,>),
    };

    private readonly Dictionary<Type, WirePart> _records = [];
    private readonly NullabilityInfoContext _nullability = new();
    private readonly Stack<Type> _open = [];

    /// <summary>The codec of a record.</summary>
    /// <exception cref="WireException">A part has a type that cannot be sent; the message names it.</exception>
    public WirePart Record(Type type)
    {
        if (_records.TryGetValue(type, out var known)) return known;
        if (_open.Contains(type)) throw new WireException($"{type.Name} contains itself");
        _open.Push(type);
        var record = new RecordPart(type, parameter => Of(_nullability.Create(parameter), $"{type.Name}.{parameter.Name}"));
        _open.Pop();
        return _records[type] = record;
    }

    private WirePart Of(NullabilityInfo info, string place)
    {
        var type = info.Type;
        if (Nullable.GetUnderlyingType(type) is { } inner) return new OptionalPart(NotNull(inner, info, place));
        var part = NotNull(type, info, place);
        return !type.IsValueType && info.ReadState == NullabilityState.Nullable ? new OptionalPart(part) : part;
    }

    private WirePart NotNull(Type type, NullabilityInfo info, string place)
    {
        if (Plain.TryGetValue(type, out var plain)) return plain;
        if (type.IsEnum && Enum.GetUnderlyingType(type) == typeof(int)) return new EnumPart(type);
        if (type.IsGenericType && Collections.TryGetValue(type.GetGenericTypeDefinition(), out var collection))
        {
            object[] elements = [.. info.GenericTypeArguments.Select(argument => Of(argument, place))];
            return (WirePart)Activator.CreateInstance(collection.MakeGenericType(type.GetGenericArguments()), elements)!;
        }

        return IsOurRecord(type) ? Record(type) : throw new WireException($"{place}: a {type.Name} does not travel in a control message");
    }

    private static bool IsOurRecord(Type type) => type.IsDefined(typeof(WireAttribute), inherit: false)
        || (type.Assembly == typeof(WireParts).Assembly && type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null
            && (type.IsValueType || type.IsSealed));

    private static bool ReadBool(ReadOnlySpan<byte> from) =>
        from[0] <= 1 ? from[0] == 1 : throw new WireException($"expected 0 or 1, found {from[0]}");

    private static void WriteInstant(Span<byte> to, DateTimeOffset value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, value.Ticks);
        BinaryPrimitives.WriteInt16LittleEndian(to[sizeof(long)..], (short)value.TotalOffsetMinutes);
    }

    private static DateTimeOffset ReadInstant(ReadOnlySpan<byte> from)
    {
        var offset = TimeSpan.FromMinutes(BinaryPrimitives.ReadInt16LittleEndian(from[sizeof(long)..]));
        try
        {
            return new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(from), offset);
        }
        catch (ArgumentException e)
        {
            throw new WireException("expected an instant, found none", e);
        }
    }
}
