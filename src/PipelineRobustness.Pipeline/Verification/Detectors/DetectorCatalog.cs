using System.Reflection;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>Every detector of this assembly, and those that a program adds.</summary>
public static class DetectorCatalog
{
    private static readonly Catalog<IDetector> Known =
        new("detector", detector => detector.Name, CatalogTypes.In<IDetector>(typeof(DetectorCatalog).Assembly));

    /// <summary>The detectors' types, by name.</summary>
    public static IReadOnlyDictionary<string, Type> Types => Known.Entries.ToDictionary(entry => entry.Name, entry => entry.Type);

    /// <summary>Their names, sorted.</summary>
    public static IReadOnlyList<string> Names => [.. Known.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal)];

    /// <summary>Adds the detectors of another assembly; settings that are read from then on may name them.</summary>
    /// <exception cref="BadInputException">Two detectors have the same name, or one cannot be made.</exception>
    public static void Add(Assembly assembly) => Known.Add(CatalogTypes.In<IDetector>(assembly));

    /// <summary>The same for single types.</summary>
    /// <exception cref="BadInputException">Two detectors have the same name, or one cannot be made.</exception>
    public static void Add(params IEnumerable<Type> types) => Known.Add(types);

    /// <summary>A detector of a name, with the defaults of its options.</summary>
    public static IDetector Create(string name) => Known.Create(name);

    /// <summary>A detector's name, and the options in which it differs from the defaults, such as <c>averages (warm-up 0)</c>.</summary>
    public static string Describe(IDetector detector)
    {
        ArgumentNullException.ThrowIfNull(detector);
        if (Known.Find(detector.Name) is not { } known || known.Type != detector.GetType()) return detector.Name;
        var changed = SettingsSchema.Changes(detector, known.Prototype).Select(option => $"{option.Name} {option.Value}").ToList();
        return changed.Count == 0 ? detector.Name : $"{detector.Name} ({string.Join(", ", changed)})";
    }
}

/// <summary>The detectors, by name.</summary>
public sealed class DetectorKinds : SettingsByKind
{
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Type> Types => DetectorCatalog.Types;
}
