using System.Diagnostics.CodeAnalysis;
using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>Every remedy of this assembly, by name.</summary>
public static class RemedyCatalog
{
    private static readonly SortedDictionary<string, IRemedy> ByName = new(
        typeof(RemedyCatalog).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IRemedy)))
            .Select(t => (IRemedy)Activator.CreateInstance(t)!)
            .ToDictionary(r => r.Name),
        StringComparer.Ordinal);

    /// <summary>All, by name.</summary>
    public static IReadOnlyList<IRemedy> All { get; } = [.. ByName.Values];

    /// <summary>Their names, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys];

    /// <summary>The remedy of that name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out IRemedy? remedy) =>
        ByName.TryGetValue(name, out remedy);

    /// <summary>The remedy of that name.</summary>
    /// <exception cref="BadInputException">No remedy has that name.</exception>
    public static IRemedy Find(string name) => TryGet(name, out var remedy)
        ? remedy
        : throw new BadInputException($"defence.remedy: expected one of {string.Join(", ", Names)}, found {name}");
}
