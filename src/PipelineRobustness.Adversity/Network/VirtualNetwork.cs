using System.Globalization;
using System.Runtime.InteropServices;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Network;

/// <summary>
/// A network in virtual time. A message takes half a round trip plus its size over the bandwidth; messages from
/// one machine to another go one after the other and arrive in that order, unless a failure changes that.
/// </summary>
/// <param name="plan">Latencies and bandwidth.</param>
/// <param name="seed">The seed of the jitter.</param>
/// <param name="now">Virtual time.</param>
public sealed class VirtualNetwork(NetworkPlan plan, ulong seed, Func<TimeSpan> now) : INetwork
{
    private readonly Dictionary<string, Machine> _machines = [];
    private long _sent;

    /// <summary>Bytes of tensors sent from one machine to another.</summary>
    public long BytesMoved { get; private set; }

    /// <summary>Cuts a machine off.</summary>
    public void Cut(string machine) => At(machine).IsCut = true;

    /// <summary>Connects it again.</summary>
    public void Heal(string machine) => At(machine).IsCut = false;

    /// <summary>Whether a machine is cut off.</summary>
    public bool IsCut(string machine) => At(machine).IsCut;

    /// <summary>The next messages of a machine are lost. Of overlapping faults the one over more messages counts, here and in the next three.</summary>
    public void Lose(string machine, int count) => At(machine).Losing = Math.Max(At(machine).Losing, count);

    /// <summary>The next control messages of a machine arrive twice.</summary>
    public void Duplicate(string machine, int count) => At(machine).Doubling = Math.Max(At(machine).Doubling, count);

    /// <summary>The next messages of a machine arrive later; those after them do not wait.</summary>
    public void Delay(string machine, int count, TimeSpan by)
    {
        var late = At(machine);
        late.By = late.Delaying > 0 && late.By > by ? late.By : by;
        late.Delaying = Math.Max(late.Delaying, count);
    }

    /// <summary>The next messages of a machine arrive in reverse order, if they are sent within that time.</summary>
    public void Reorder(string machine, int count, TimeSpan within)
    {
        var turned = At(machine);
        if (count >= turned.Turning) (turned.Turning, turned.Turned, turned.Within) = (count, count, within);
    }

    /// <summary>A machine sends and receives nothing before a time; what it missed arrives then.</summary>
    public void Stop(string machine, TimeSpan until)
    {
        var standing = At(machine);
        if (until > standing.StandsUntil) standing.StandsUntil = until;
    }

    /// <summary>How long a message of so many bytes takes on an idle network.</summary>
    public TimeSpan Transfer(string sender, string receiver, long bytes) =>
        TimeSpan.FromMilliseconds(Latency(At(sender), At(receiver))) + Sending(bytes);

    /// <inheritdoc/>
    public Delivery Carry(string sender, string receiver, long bytes)
    {
        var (from, to) = (At(sender), At(receiver));
        if (from.IsCut || to.IsCut || Takes(ref from.Losing)) return default;
        BytesMoved += bytes;
        var after = Later(Ordered(from, to, bytes), from, to);
        if (Takes(ref from.Delaying)) return new Delivery(1, after + from.By);
        if (Takes(ref from.Turning)) return new Delivery(1, after + (from.Within * (from.Turning + 1) / from.Turned));
        return new Delivery(Takes(ref from.Doubling) ? 2 : 1, after);
    }

    private TimeSpan Ordered(Machine sender, Machine receiver, long bytes)
    {
        ref var way = ref CollectionsMarshal.GetValueRefOrAddDefault(sender.Ways, receiver, out _);
        var (free, arrived) = way;
        var time = now();
        var begins = free > time ? free : time;
        var ends = begins + Sending(bytes);
        var arrives = ends + TimeSpan.FromMilliseconds(Latency(sender, receiver) * (plan.Jitter == 0 ? 1 : 1 + (plan.Jitter * Draw())));
        if (arrives < arrived) arrives = arrived;
        way = (ends, arrives);
        return arrives - time;
    }

    private TimeSpan Later(TimeSpan after, Machine sender, Machine receiver)
    {
        var until = sender.StandsUntil > receiver.StandsUntil ? sender.StandsUntil : receiver.StandsUntil;
        return until - now() > after ? until - now() : after;
    }

    // In milliseconds, without jitter.
    private double Latency(Machine sender, Machine receiver) => plan.RoundTrip[sender.Place, receiver.Place] / 2;

    private TimeSpan Sending(long bytes) => TimeSpan.FromSeconds(bytes / plan.BytesPerSecond);

    private double Draw() => SeededRandom.Unit(SeededRandom.Key(seed, "jitter", _sent++));

    private Machine At(string name)
    {
        if (!_machines.TryGetValue(name, out var machine)) _machines[name] = machine = new Machine(Place(name));
        return machine;
    }

    private int Place(string machine)
    {
        if (plan.Places.Count == 1) return 0;
        var number = int.Parse(machine.AsSpan(machine.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);
        return (number - 1) % plan.Places.Count;
    }

    private static bool Takes(ref int left) => left > 0 && left-- > 0;

    // The faults of its messages; and for each other machine, until when the connection is busy and when the last message arrives.
    private sealed class Machine(int place)
    {
        public int Losing, Doubling, Delaying, Turning, Turned;
        public TimeSpan By, Within, StandsUntil;
        public bool IsCut;

        public int Place => place;

        public Dictionary<Machine, (TimeSpan Free, TimeSpan Arrived)> Ways { get; } = [];
    }
}
