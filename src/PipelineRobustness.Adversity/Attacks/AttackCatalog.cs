using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>Every attack of this assembly.</summary>
public static class AttackCatalog
{
    /// <summary>The attacks' types, by kind.</summary>
    public static IReadOnlyDictionary<string, Type> Types { get; } = typeof(AttackCatalog).Assembly.GetTypes()
        .Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(Attack)))
        .ToDictionary(type => Create(type).Kind);

    /// <summary>Their kinds, sorted.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. Types.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Those that campaigns draw in a direction, sorted.</summary>
    public static IReadOnlyList<string> Drawn(Direction direction) =>
        [.. Kinds.Where(kind => Types[kind].GetCustomAttributes(false).OfType<DrawnAttribute>().Any(drawn => drawn.Direction == direction))];

    /// <summary>An attack of a kind, with the defaults of its options.</summary>
    public static Attack Create(string kind) => Create(Types[kind]);

    private static Attack Create(Type type) => (Attack)Activator.CreateInstance(type)!;
}

/// <summary>
/// Has campaigns draw an attack in a direction. What a seed draws depends on which attacks have it: with another one every seed
/// gives another case.
/// </summary>
/// <param name="direction">The direction.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class DrawnAttribute(Direction direction) : Attribute
{
    /// <summary>The direction.</summary>
    public Direction Direction => direction;
}
