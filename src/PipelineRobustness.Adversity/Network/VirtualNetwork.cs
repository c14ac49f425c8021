using System.Globalization;
using System.Runtime.InteropServices;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Adversity;

/// <summary>
/// A network in virtual time. A message takes half a round trip plus its size over the bandwidth; what one machine sends
/// another goes one after the other and arrives in that order, unless a failure says otherwise.
/// </summary>
/// <param name="plan">Latencies and bandwidth.</param>
/// <param name="seed">Of jitter.</param>
/// <param name="now">Virtual time.</param>
public sealed class VirtualNetwork(NetworkPlan plan, ulong seed, Func<TimeSpan> now) : INetwork
{
    private static readonly TimeSpan[] Never = [];

    private readonly Dictionary<string, Dictionary<string, (TimeSpan Free, TimeSpan Arrived)>> _ways = [];
    private readonly HashSet<string> _cut = [];
    private readonly Dictionary<string, int> _losing = [];
    private readonly Dictionary<string, int> _doubling = [];
    private readonly Dictionary<string, (int Count, TimeSpan By)> _delaying = [];
    private readonly Dictionary<string, (int Left, int Count, TimeSpan Within)> _turning = [];
    private readonly Dictionary<string, TimeSpan> _standing = [];
    private long _sent;

    /// <summary>Bytes of tensors that went from one machine to another.</summary>
    public long BytesMoved { get; private set; }

    /// <summary>Nothing comes from a machine, or to it, any more.</summary>
    public void Cut(string machine) => _cut.Add(machine);

    /// <summary>It does again.</summary>
    public void Heal(string machine) => _cut.Remove(machine);

    /// <summary>Whether a machine is cut off.</summary>
    public bool IsCut(string machine) => _cut.Contains(machine);

    /// <summary>The next messages of a machine are lost.</summary>
    public void Lose(string machine, int count) => _losing[machine] = count;

    /// <summary>The next control messages of a machine arrive twice.</summary>
    public void Duplicate(string machine, int count) => _doubling[machine] = count;

    /// <summary>The next messages of a machine arrive later, those behind them do not wait.</summary>
    public void Delay(string machine, int count, TimeSpan by) => _delaying[machine] = (count, by);

    /// <summary>The next messages of a machine arrive in the reverse of their order, where they are sent within less than that.</summary>
    public void Reorder(string machine, int count, TimeSpan within) => _turning[machine] = (count, count, within);

    /// <summary>A machine says and hears nothing before a time; what it missed it hears then.</summary>
    public void Stop(string machine, TimeSpan until) => _standing[machine] = until;

    /// <summary>How long a message of so many bytes is under way where nothing else is.</summary>
    public TimeSpan Transfer(string sender, string receiver, long bytes) =>
        TimeSpan.FromMilliseconds(Latency(sender, receiver)) + Sending(bytes);

    /// <inheritdoc/>
    public IReadOnlyList<TimeSpan> Arrivals(string sender, string receiver, long bytes)
    {
        if (IsCut(sender) || IsCut(receiver) || Takes(_losing, sender)) return Never;
        BytesMoved += bytes;
        var after = Later(Ordered(sender, receiver, bytes), sender, receiver);
        if (_delaying.TryGetValue(sender, out var delay) && delay.Count > 0)
        {
            _delaying[sender] = (delay.Count - 1, delay.By);
            return [after + delay.By];
        }

        if (_turning.TryGetValue(sender, out var turn) && turn.Left > 0)
        {
            _turning[sender] = turn with { Left = turn.Left - 1 };
            return [after + (turn.Within * turn.Left / turn.Count)];
        }

        return Takes(_doubling, sender) ? [after, after] : [after];
    }

    private TimeSpan Ordered(string sender, string receiver, long bytes)
    {
        if (!_ways.TryGetValue(sender, out var ways)) _ways[sender] = ways = [];
        ref var way = ref CollectionsMarshal.GetValueRefOrAddDefault(ways, receiver, out _);
        var (free, arrived) = way;
        var time = now();
        var begins = free > time ? free : time;
        var ends = begins + Sending(bytes);
        var arrives = ends + TimeSpan.FromMilliseconds(Latency(sender, receiver) * (plan.Jitter == 0 ? 1 : 1 + (plan.Jitter * Draw())));
        if (arrives < arrived) arrives = arrived;
        way = (ends, arrives);
        return arrives - time;
    }

    private TimeSpan Later(TimeSpan after, string sender, string receiver)
    {
        var until = Until(sender) > Until(receiver) ? Until(sender) : Until(receiver);
        return until - now() > after ? until - now() : after;
    }

    private TimeSpan Until(string machine) => _standing.GetValueOrDefault(machine);

    // In milliseconds, without jitter.
    private double Latency(string sender, string receiver) => plan.RoundTrip[Place(sender), Place(receiver)] / 2;

    private TimeSpan Sending(long bytes) => TimeSpan.FromSeconds(bytes / plan.BytesPerSecond);

    private double Draw() => SeededRandom.Unit(SeededRandom.Key(seed, "jitter", _sent++));

    private int Place(string machine)
    {
        if (plan.Places.Count == 1) return 0;
        var number = int.Parse(machine.AsSpan(machine.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);
        return (number - 1) % plan.Places.Count;
    }

    private static bool Takes(Dictionary<string, int> left, string machine)
    {
        if (left.GetValueOrDefault(machine) <= 0) return false;
        left[machine]--;
        return true;
    }
}
