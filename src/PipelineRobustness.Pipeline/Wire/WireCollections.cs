using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>A sequence: its count, then its items.</summary>
internal sealed class ArrayPart<T>(WirePart element) : WirePart
{
    public override int Smallest => sizeof(int);

    public override string Signature => $"[{element.Signature}]";

    public override void Write(WireWriter writer, object? value)
    {
        var array = (ImmutableArray<T>)Given(value);
        if (array.IsDefault) throw new WireException("expected an array, found one that was never made");
        writer.Count(array.Length);
        foreach (var one in array) element.Write(writer, one);
    }

    public override object? Read(ref WireReader reader)
    {
        var array = ImmutableArray.CreateBuilder<T>(reader.Count(element.Smallest));
        while (array.Count < array.Capacity) array.Add((T)element.Read(ref reader)!);
        return array.MoveToImmutable();
    }
}

/// <summary>A set: its members in ascending order, without duplicates.</summary>
internal sealed class SetPart<T>(WirePart element) : WirePart
{
    public override int Smallest => sizeof(int);

    public override string Signature => $"{{{element.Signature}}}";

    public override void Write(WireWriter writer, object? value)
    {
        var set = (ImmutableSortedSet<T>)Given(value);
        writer.Count(set.Count);
        foreach (var one in set) element.Write(writer, one);
    }

    public override object? Read(ref WireReader reader)
    {
        var order = new Ascending<T>();
        var set = ImmutableSortedSet.CreateBuilder<T>();
        for (var left = reader.Count(element.Smallest); left > 0; left--) set.Add(order.Next((T)element.Read(ref reader)!));
        return set.ToImmutable();
    }
}

/// <summary>A dictionary: keys in ascending order, without duplicates, each with its value.</summary>
internal sealed class DictionaryPart<TKey, TValue>(WirePart key, WirePart value) : WirePart
    where TKey : notnull
{
    public override int Smallest => sizeof(int);

    public override string Signature => $"{{{key.Signature}:{value.Signature}}}";

    public override void Write(WireWriter writer, object? value1)
    {
        var dictionary = (ImmutableDictionary<TKey, TValue>)Given(value1);
        writer.Count(dictionary.Count);
        foreach (var pair in dictionary.OrderBy(p => p.Key))
        {
            key.Write(writer, pair.Key);
            value.Write(writer, pair.Value);
        }
    }

    public override object? Read(ref WireReader reader)
    {
        var order = new Ascending<TKey>();
        var dictionary = ImmutableDictionary.CreateBuilder<TKey, TValue>();
        for (var left = reader.Count(key.Smallest + value.Smallest); left > 0; left--)
            dictionary.Add(order.Next((TKey)key.Read(ref reader)!), (TValue)value.Read(ref reader)!);
        return dictionary.ToImmutable();
    }
}

/// <summary>Passes values on if they are strictly ascending.</summary>
internal struct Ascending<T>()
{
    private T? _last;
    private bool _begun;

    /// <summary>The value itself.</summary>
    public T Next(T value)
    {
        if (_begun && Comparer<T>.Default.Compare(value, _last) <= 0)
            throw new WireException($"expected more than {_last}, found {value}");
        (_last, _begun) = (value, true);
        return value;
    }
}
