using System.Reflection;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>Every attack of this assembly, and those that a program adds.</summary>
public static class AttackCatalog
{
    private static readonly Catalog<Attack> Known = new("attack", attack => attack.Kind, CatalogTypes.In<Attack>(typeof(AttackCatalog).Assembly));

    /// <summary>The attacks' types, by kind.</summary>
    public static IReadOnlyDictionary<string, Type> Types => Known.Entries.ToDictionary(entry => entry.Name, entry => entry.Type);

    /// <summary>Their kinds, sorted.</summary>
    public static IReadOnlyList<string> Kinds => [.. Known.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal)];

    /// <summary>Adds the attacks of another assembly; settings that are read from then on may name them.</summary>
    /// <exception cref="BadInputException">Two attacks have the same kind, or one cannot be made.</exception>
    public static void Add(Assembly assembly) => Known.Add(CatalogTypes.In<Attack>(assembly));

    /// <summary>The same for single types.</summary>
    /// <exception cref="BadInputException">Two attacks have the same kind, or one cannot be made.</exception>
    public static void Add(params IEnumerable<Type> types) => Known.Add(types);

    /// <summary>Those that campaigns draw in a direction, sorted.</summary>
    public static IReadOnlyList<string> Drawn(Direction direction) =>
        [.. Kinds.Where(kind => Types[kind].GetCustomAttributes(false).OfType<DrawnAttribute>().Any(drawn => drawn.Direction == direction))];

    /// <summary>An attack of a kind, with the defaults of its options.</summary>
    public static Attack Create(string kind) => Known.Create(kind);
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
