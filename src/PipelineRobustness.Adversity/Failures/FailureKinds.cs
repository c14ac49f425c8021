using System.Reflection;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>A kind of failure: its word, its options, and how one is made.</summary>
public sealed class FailureKind
{
    private readonly Type _type;

    /// <summary>The kind of a record.</summary>
    public FailureKind(Type type)
    {
        (_type, Prototype) = (type, New(type));
        Options = [.. SettingsSchema.Of(type).Settings.OrderByDescending(option => option.IsRequired)];
    }

    /// <summary>A failure of this kind, for what holds of all.</summary>
    public Failure Prototype { get; }

    /// <summary>Its word in a scenario.</summary>
    public string Word => Prototype.Word;

    /// <summary>Its options, those that are required first.</summary>
    public IReadOnlyList<Setting> Options { get; }

    /// <summary>A failure with these options, by name, as their kinds read them; those that this kind does not have are ignored.</summary>
    public Failure Create(IReadOnlyDictionary<string, object> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failure = New(_type);
        foreach (var option in Options)
            if (options.TryGetValue(option.Name, out var value)) option.Set(failure, value);
        return failure;
    }

    /// <inheritdoc/>
    public override string ToString() => Word;

    private static Failure New(Type type) => (Failure)Activator.CreateInstance(type)!;
}

/// <summary>Every kind of failure: those of this assembly, and those that a program adds.</summary>
public static class FailureKinds
{
    private static readonly Catalog<Failure> Known = new(
        "failure",
        failure => failure.Word,
        [
            typeof(Crash), typeof(Hang), typeof(Slow), typeof(Pause), typeof(Lose), typeof(Duplicate), typeof(Delay), typeof(Reorder),
            typeof(Partition), typeof(Corrupt), typeof(OutOfMemory), typeof(FullDisk), typeof(Join), typeof(Leave),
        ]);

    /// <summary>The kinds that are built in. Campaigns draw from them in this order, so that a new one goes to the end.</summary>
    public static IReadOnlyList<FailureKind> BuiltIn { get; } = All;

    /// <summary>The kinds, built-in ones first.</summary>
    public static IReadOnlyList<FailureKind> All => [.. Known.Entries.Select(entry => new FailureKind(entry.Type))];

    /// <summary>Their words.</summary>
    public static IReadOnlyList<string> Words => [.. Known.Entries.Select(entry => entry.Name)];

    /// <summary>The kind of that word; null where there is none.</summary>
    public static FailureKind? Find(string word) => Known.Find(word) is { } entry ? new FailureKind(entry.Type) : null;

    /// <summary>Adds the failures of another assembly; scenarios that are read from then on may name them.</summary>
    /// <exception cref="BadInputException">Two failures have the same word, or one cannot be made.</exception>
    public static void Add(Assembly assembly) => Known.Add(CatalogTypes.In<Failure>(assembly));

    /// <summary>The same for single types.</summary>
    /// <exception cref="BadInputException">Two failures have the same word, or one cannot be made.</exception>
    public static void Add(params IEnumerable<Type> types) => Known.Add(types);
}
