using Akka.Actor;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Pipeline.Wire;

namespace PipelineRobustness.Tests.Pipeline.Wire;

/// <summary>
/// Any bytes under any manifest give either a message that is written as those very bytes, or one line that refuses
/// them, with memory in proportion to what arrived.
/// </summary>
public sealed class WireHostileSpecs : IDisposable
{
    private const long MemoryAlways = 100_000;
    private const long MemoryForEachByte = 200;

    private readonly ExtendedActorSystem _system = (ExtendedActorSystem)ActorSystem.Create("hostile", "akka { loggers = [], stdout-loglevel = OFF }");

    public static TheoryData<Type> Records => [.. WireValues.Types];

    public void Dispose()
    {
        _system.Terminate();
        _system.WhenTerminated.GetAwaiter().GetResult();
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Arbitrary_bytes_are_a_message_or_refused(Type record)
    {
        var manifest = WireTable.Ours.Entries.Single(entry => entry.Type == record).Manifest;
        Judge(record, manifest, []);
        var bytes = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(bytes.ToArbitrary(), b => Judge(record, manifest, b)));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void A_changed_message_is_a_message_or_refused(Type record)
    {
        var manifest = WireTable.Ours.Entries.Single(entry => entry.Type == record).Manifest;
        var cases = from message in new WireValues(ActorRefs.Nobody, _system.DeadLetters).Of(record)
                    let bytes = WireTable.Ours.Write(message)
                    from changes in Gen.NonEmptyListOf(Change)
                    select changes.Aggregate(bytes, (changed, change) => change(changed));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(cases.ToArbitrary(), b => Judge(record, manifest, b)));
    }

    private static Gen<Func<byte[], byte[]>> Change =>
        from kind in Gen.Choose(0, 4)
        from at in Gen.Choose(0, int.MaxValue)
        from value in Gen.Elements(0, 1, 2, -1, 255, 1 << 20, int.MaxValue, int.MinValue, 0x10000000)
        select new Func<byte[], byte[]>(bytes => bytes.Length < sizeof(int) ? [.. bytes, (byte)value] : kind switch
        {
            0 => Put(bytes, at % bytes.Length, [(byte)(bytes[at % bytes.Length] ^ 1 << value % 8)]),
            1 => Put(bytes, at % (bytes.Length - sizeof(int) + 1), BitConverter.GetBytes(value)),
            2 => bytes[..(at % bytes.Length)],
            3 => [.. bytes[..(at % bytes.Length)], (byte)value, .. bytes[(at % bytes.Length)..]],
            _ => [.. bytes, .. bytes[(at % bytes.Length)..]],
        });

    private static byte[] Put(byte[] bytes, int at, byte[] value) => [.. bytes[..at], .. value, .. bytes[(at + value.Length)..]];

    private void Judge(Type record, string manifest, byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        object? message = null;
        try
        {
            message = WireTable.Ours.Read(bytes, manifest, _system);
        }
        catch (WireException e)
        {
            Assert.StartsWith(manifest, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(e.Message, char.IsControl);
        }

        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(taken <= MemoryAlways + MemoryForEachByte * bytes.Length, $"{manifest}: {taken} bytes of memory for {bytes.Length} bytes");
        if (message is null) return;
        Assert.IsType(record, message);
        if (!WireValues.HoldsActors(record)) Assert.Equal(bytes, WireTable.Ours.Write(message));
    }
}
