using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Tests.Pipeline.Wire;

/// <summary>Every record that is sent, and values of it: any that its declaration allows, more often than not the ends of each range.</summary>
internal sealed class WireValues(params IActorRef[] actors)
{
    private static readonly Assembly[] Product =
    [
        typeof(WireAttribute).Assembly, typeof(Adversary).Assembly, typeof(ExperimentSettings).Assembly, typeof(CommandLine).Assembly,
    ];

    private readonly NullabilityInfoContext _nullability = new();

    /// <summary>All that are marked, wherever in the product.</summary>
    public static ImmutableArray<Type> Types { get; } =
        [.. Product.SelectMany(assembly => assembly.GetTypes()).Where(type => type.GetCustomAttribute<WireAttribute>() is not null)];

    /// <summary>Values of a record.</summary>
    public Gen<object> Of(Type record)
    {
        var constructor = record.GetConstructors().Single();
        return All(constructor.GetParameters().Select(parameter => Of(_nullability.Create(parameter)))).Select(constructor.Invoke);
    }

    /// <summary>Whether two values are the same, part by part: a record's own equality compares its arrays by reference.</summary>
    public static bool Same(object? one, object? other)
    {
        if (one is null || other is null || one is string or IActorRef || one.GetType().IsPrimitive) return Equals(one, other);
        if (one is IEnumerable row) return other is IEnumerable rest && Sorted(row).SequenceEqual(Sorted(rest), new Alike());
        var parts = one.GetType().Namespace!.StartsWith("PipelineRobustness", StringComparison.Ordinal) && !one.GetType().IsEnum
            ? one.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance) : [];
        return one.GetType() == other.GetType() && (parts.Length == 0 ? Equals(one, other)
            : parts.All(part => Same(part.GetValue(one), part.GetValue(other))));
    }

    /// <summary>Whether a value of this type may hold a reference to an actor, whose path can be written in several ways.</summary>
    public static bool HoldsActors(Type type) => type == typeof(IActorRef)
        || type.GetGenericArguments().Any(HoldsActors)
        || (type.Assembly == typeof(WireAttribute).Assembly && !type.IsEnum
            && type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Any(property => HoldsActors(property.PropertyType)));

    private static IEnumerable<object?> Sorted(IEnumerable row) => row is ImmutableDictionary<int, string> dictionary
        ? dictionary.OrderBy(pair => pair.Key).SelectMany(pair => new object[] { pair.Key, pair.Value })
        : row.Cast<object?>();

    private Gen<object?> Of(NullabilityInfo info)
    {
        var inner = Nullable.GetUnderlyingType(info.Type);
        var values = Value(inner ?? info.Type, info);
        return inner is not null || (!info.Type.IsValueType && info.ReadState == NullabilityState.Nullable)
            ? Gen.Frequency((1, Gen.Constant<object?>(null)), (4, values)) : values;
    }

    private Gen<object?> Value(Type type, NullabilityInfo info) => type switch
    {
        _ when type == typeof(bool) => Gen.Elements<object?>(true, false),
        _ when type == typeof(byte) => Boxed(Gen.Choose(0, 255).Select(value => (byte)value)),
        _ when type == typeof(int) => Ends(Boxed(Int), int.MinValue, -1, 0, 1, int.MaxValue),
        _ when type == typeof(long) => Ends(Boxed(Int64), long.MinValue, -1L, 0L, long.MaxValue),
        _ when type == typeof(ulong) => Ends(Boxed(Int64.Select(v => (ulong)v)), 0UL, ulong.MaxValue),
        _ when type == typeof(UInt128) => Boxed(from high in Int64 from low in Int64 select new UInt128((ulong)high, (ulong)low)),
        _ when type == typeof(double) =>
            Ends(Boxed(Int64.Select(BitConverter.Int64BitsToDouble)), 0.0, -0.0, 1.5, double.NaN, double.PositiveInfinity, double.Epsilon),
        _ when type == typeof(TimeSpan) => Ends(Boxed(Int64.Select(v => new TimeSpan(v))), TimeSpan.Zero, TimeSpan.MaxValue, TimeSpan.MinValue),
        _ when type == typeof(DateTimeOffset) => Boxed(
            from days in Gen.Choose(1, 3_000_000)
            from ticks in Gen.Choose(0, int.MaxValue)
            from minutes in Gen.Choose(-14 * 60, 14 * 60)
            select new DateTimeOffset(TimeSpan.TicksPerDay * days + ticks, TimeSpan.FromMinutes(minutes))),
        _ when type == typeof(string) => Boxed(Text),
        _ when type == typeof(IActorRef) => Gen.Elements<object?>(actors),
        { IsEnum: true } => Gen.Elements(Enum.GetValues(type).Cast<object?>()),
        { IsGenericType: true } => Collection(type, info),
        _ => Of(type).Select(value => (object?)value),
    };

    private Gen<object?> Collection(Type type, NullabilityInfo info)
    {
        if (type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            return Rows(Of(info.GenericTypeArguments[0])).Select(row => Made(type, row));
        if (type == typeof(ImmutableSortedSet<int>))
            return Boxed(Rows(Int).Select(row => row.ToImmutableSortedSet()));
        if (type == typeof(ImmutableDictionary<int, string>))
            return Boxed(from keys in Rows(Int) from text in Text select keys.Distinct().ToImmutableDictionary(key => key, key => $"{key} {text}"));
        throw new NotSupportedException($"no values of {type}");
    }

    private static object? Made(Type type, List<object?> row)
    {
        var items = Array.CreateInstance(type.GetGenericArguments()[0], row.Count);
        for (var i = 0; i < row.Count; i++) items.SetValue(row[i], i);
        return typeof(ImmutableArray).GetMethods().Single(method => method.Name == nameof(ImmutableArray.CreateRange) && method.GetParameters().Length == 1)
            .MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [items]);
    }

    private static Gen<int> Int => Gen.Choose(int.MinValue, int.MaxValue);

    private static Gen<long> Int64 => from high in Int from low in Int select ((long)high << 32) ^ (uint)low;

    private static Gen<string> Text => Gen.Elements("", "node-1", "Straße 本 \U0001F600", "a\nb\0c\uFEFF", new string('x', 5_000));

    private static Gen<List<T>> Rows<T>(Gen<T> element) =>
        Gen.Choose(0, 4).SelectMany(length => All(Enumerable.Repeat(element, length))).Select(row => row.ToList());

    private static Gen<T[]> All<T>(IEnumerable<Gen<T>> parts) => Gen.CollectToArray(parts, part => part);

    private static Gen<object?> Ends(Gen<object?> middle, params object[] ends) => Gen.OneOf(middle, Gen.Elements<object?>(ends));

    private static Gen<object?> Boxed<T>(Gen<T> values) => values.Select(value => (object?)value);

    private sealed class Alike : IEqualityComparer<object?>
    {
        public new bool Equals(object? x, object? y) => Same(x, y);

        public int GetHashCode(object? obj) => 0;
    }
}
