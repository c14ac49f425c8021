using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>Every remedy of this assembly, and those that a program adds.</summary>
public static class RemedyCatalog
{
    private static readonly Catalog<IRemedy> Known = new("remedy", remedy => remedy.Name, CatalogTypes.In<IRemedy>(typeof(RemedyCatalog).Assembly));

    /// <summary>All, by name.</summary>
    public static IReadOnlyList<IRemedy> All =>
        [.. Known.Entries.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => entry.Prototype)];

    /// <summary>Their names, sorted.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(remedy => remedy.Name)];

    /// <summary>Adds the remedies of another assembly; settings that are read from then on may name them.</summary>
    /// <exception cref="BadInputException">Two remedies have the same name, or one cannot be made.</exception>
    public static void Add(Assembly assembly) => Known.Add(CatalogTypes.In<IRemedy>(assembly));

    /// <summary>The same for single types.</summary>
    /// <exception cref="BadInputException">Two remedies have the same name, or one cannot be made.</exception>
    public static void Add(params IEnumerable<Type> types) => Known.Add(types);

    /// <summary>The remedy of that name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out IRemedy? remedy)
    {
        remedy = Known.Find(name)?.Prototype;
        return remedy is not null;
    }

    /// <summary>The remedy of that name.</summary>
    /// <exception cref="BadInputException">No remedy has that name.</exception>
    public static IRemedy Find(string name) => TryGet(name, out var remedy)
        ? remedy
        : throw new BadInputException($"defence.remedy: expected one of {string.Join(", ", Names)}, found {name}");
}
