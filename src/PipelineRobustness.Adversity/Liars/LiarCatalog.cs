using System.Reflection;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Every liar of this assembly, and those that a program adds.</summary>
public static class LiarCatalog
{
    private static readonly Catalog<Liar> Known = new("liar", liar => liar.Kind, CatalogTypes.In<Liar>(typeof(LiarCatalog).Assembly));

    /// <summary>The liars' types, by kind.</summary>
    public static IReadOnlyDictionary<string, Type> Types => Known.Entries.ToDictionary(entry => entry.Name, entry => entry.Type);

    /// <summary>Their kinds, sorted.</summary>
    public static IReadOnlyList<string> Kinds => [.. Known.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal)];

    /// <summary>Adds the liars of another assembly; settings that are read from then on may name them.</summary>
    /// <exception cref="BadInputException">Two liars have the same kind, or one cannot be made.</exception>
    public static void Add(Assembly assembly) => Known.Add(CatalogTypes.In<Liar>(assembly));

    /// <summary>The same for single types.</summary>
    /// <exception cref="BadInputException">Two liars have the same kind, or one cannot be made.</exception>
    public static void Add(params IEnumerable<Type> types) => Known.Add(types);

    /// <summary>A liar of a kind, with the defaults of its options.</summary>
    public static Liar Create(string kind) => Known.Create(kind);
}
