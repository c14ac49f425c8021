using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>Control messages of which one value is another: any number, list or part of a record, however deep.</summary>
internal sealed class ForgedMessages(Random random)
{
    private static readonly long[] Numbers = [long.MinValue, int.MinValue, -1, 0, 1, 2, 3, 7, int.MaxValue, 1L << 40, long.MaxValue];

    private static readonly MethodInfo OfItems = typeof(ForgedMessages).GetMethod(nameof(Items), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>The message with another value in one place. Its ballot and pass stay, without which it would not count.</summary>
    public object Forge(object message)
    {
        var type = message.GetType();
        var parts = type.GetConstructors()[0].GetParameters();
        var values = parts.Select(part => type.GetProperty(part.Name!)!.GetValue(message)).ToArray();
        int[] open = [.. Enumerable.Range(0, parts.Length).Where(at => !IsKept(parts[at].ParameterType))];
        if (open.Length == 0) return message;
        var chosen = open[random.Next(open.Length)];
        values[chosen] = Another(parts[chosen].ParameterType, values[chosen], IsNullable(parts[chosen]));
        return type.GetConstructors()[0].Invoke(values);
    }

    private static bool IsKept(Type type) => type == typeof(Ballot) || type == typeof(NodeId) || type == typeof(StepId) || type == typeof(IActorRef);

    private static bool IsNullable(ParameterInfo part) => new NullabilityInfoContext().Create(part).ReadState == NullabilityState.Nullable;

    private object? Another(Type type, object? value, bool isNullable)
    {
        if (isNullable && (value is null || random.Next(4) == 0)) return null;
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        var number = Numbers[random.Next(Numbers.Length)];
        if (plain == typeof(int)) return (int)Math.Clamp(number, int.MinValue, int.MaxValue);
        if (plain == typeof(long)) return number;
        if (plain == typeof(UInt128)) return (UInt128)(ulong)number;
        if (plain == typeof(TimeSpan)) return new TimeSpan(number);
        if (plain == typeof(double)) return random.Next(3) switch { 0 => double.NaN, 1 => double.PositiveInfinity, _ => number };
        if (plain == typeof(bool)) return random.Next(2) == 0;
        if (plain == typeof(string)) return "forged";
        if (plain.IsEnum) return Enum.GetValues(plain).GetValue(random.Next(Enum.GetValues(plain).Length));
        if (IsKept(plain) || value is null) return value;
        if (value is IEnumerable items) return List(plain, [.. items.Cast<object?>()]);
        return Forge(value);
    }

    // Shorter, longer, or with another item.
    private object List(Type type, List<object?> items)
    {
        var element = type.GetGenericArguments()[0];
        var at = items.Count == 0 ? -1 : random.Next(items.Count);
        switch (random.Next(4))
        {
            case 0: items.Clear(); break;
            case 1 when at >= 0: items.Add(items[at]); break;
            case 2 when at >= 0: items.RemoveAt(at); break;
            case 3 when at >= 0: items[at] = Another(element, items[at], isNullable: false); break;
            default:
                if (element == typeof(int)) items.Add(Another(element, 0, isNullable: false));
                break;
        }

        return OfItems.MakeGenericMethod(element).Invoke(null, [type, items])!;
    }

    private static object Items<T>(Type type, List<object?> items) =>
        type == typeof(ImmutableSortedSet<T>) ? items.Cast<T>().ToImmutableSortedSet() : items.Cast<T>().ToImmutableArray();
}
