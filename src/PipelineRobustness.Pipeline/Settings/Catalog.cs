using System.Collections.Immutable;
using System.Reflection;
using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline.Settings;

/// <summary>
/// The types that a setting's words choose from, such as the remedies: those that are built in, and those that a program adds before it
/// reads settings.
/// </summary>
/// <typeparam name="T">What they derive from.</typeparam>
public sealed class Catalog<T>
    where T : class
{
    private readonly string _what;
    private readonly Func<T, string> _nameOf;
    private readonly Lock _gate = new();

    // Replaced whole, so that readers need no lock.
    private volatile IReadOnlyList<CatalogEntry<T>> _entries = [];

    /// <summary>Makes a catalog.</summary>
    /// <param name="what">What one is called in messages.</param>
    /// <param name="nameOf">The word that chooses one.</param>
    /// <param name="builtIn">Those that are always there.</param>
    public Catalog(string what, Func<T, string> nameOf, IEnumerable<Type> builtIn)
    {
        (_what, _nameOf) = (what, nameOf);
        Add(builtIn);
    }

    /// <summary>Those that are built in, in their order, and then those that were added.</summary>
    public IReadOnlyList<CatalogEntry<T>> Entries => _entries;

    /// <summary>The entry of a name; null where there is none.</summary>
    public CatalogEntry<T>? Find(string name) => _entries.FirstOrDefault(entry => entry.Name == name);

    /// <summary>A new one of a name, with the defaults of its options.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public T Create(string name) => Find(name) is { Type: var type } ? (T)Activator.CreateInstance(type)!
        : throw new KeyNotFoundException($"expected a known {_what}, found {name}");

    /// <summary>Adds types. One that is there already stays as it is.</summary>
    /// <exception cref="BadInputException">Two types have one name, or a type cannot be made; none is added then.</exception>
    public void Add(params IEnumerable<Type> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        lock (_gate) _entries = types.Aggregate(_entries.ToImmutableList(), With);
    }

    private ImmutableList<CatalogEntry<T>> With(ImmutableList<CatalogEntry<T>> known, Type type)
    {
        if (known.Any(entry => entry.Type == type)) return known;
        if (!type.IsAssignableTo(typeof(T)) || type.IsAbstract || type.GetConstructor(Type.EmptyTypes) is null)
            throw new BadInputException($"{_what}: expected a type of {typeof(T).Name} with a constructor without parameters, found {type}");

        var prototype = (T)Activator.CreateInstance(type)!;
        var added = new CatalogEntry<T>(_nameOf(prototype), type, prototype);
        return known.FirstOrDefault(entry => entry.Name == added.Name) is { } other
            ? throw new BadInputException($"{_what} {added.Name}: expected one type of this name, found {other.Type} and {type}")
            : known.Add(added);
    }
}

/// <summary>What may be in a catalog.</summary>
public static class CatalogTypes
{
    /// <summary>The types of an assembly that derive from <typeparamref name="T"/>.</summary>
    public static IEnumerable<Type> In<T>(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(T)));
    }
}

/// <summary>A type in a catalog.</summary>
/// <typeparam name="T">What it derives from.</typeparam>
/// <param name="Name">The word that chooses it.</param>
/// <param name="Type">The type.</param>
/// <param name="Prototype">One of it, with the defaults of its options.</param>
public sealed record CatalogEntry<T>(string Name, Type Type, T Prototype);
