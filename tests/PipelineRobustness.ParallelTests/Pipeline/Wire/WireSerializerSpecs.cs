using System.Collections.Immutable;
using Akka.Actor;
using Akka.Serialization;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Wire;

namespace PipelineRobustness.Tests.Pipeline.Wire;

/// <summary>Messages arrive as they were sent; those that cannot be sent are refused by name.</summary>
public sealed class WireSerializerSpecs : IDisposable
{
    private static readonly StepId Work = new(new Ballot(3, new NodeId("node-1", 9)), 5, Purpose.Training, 0, 1, 2);

    private readonly ExtendedActorSystem _system =
        (ExtendedActorSystem)ActorSystem.Create("wire", WireSerializer.Settings.WithFallback("akka { loggers = [], stdout-loglevel = OFF }"));

    public static TheoryData<Type> Records => [.. WireValues.Types];

    public void Dispose()
    {
        _system.Terminate();
        _system.WhenTerminated.GetAwaiter().GetResult();
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void A_sent_record_arrives(Type record)
    {
        var values = new WireValues(ActorRefs.Nobody, _system.ActorOf(Props.Empty, "someone"), _system.DeadLetters);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(values.Of(record).ToArbitrary(), sent =>
        {
            var serializer = _system.Serialization.FindSerializerFor(sent);
            Assert.IsType<WireSerializer>(serializer);
            var bytes = _system.Serialization.Serialize(sent);
            var arrived = _system.Serialization.Deserialize(bytes, serializer.Identifier, Serialization.ManifestFor(serializer, sent));
            Assert.True(WireValues.Same(sent, arrived), $"{sent} became {arrived}");
        }));
    }

    [Fact]
    public void The_comparison_in_these_tests_tells_records_apart()
    {
        var one = new PassChecked(Work, Direction.Forward, 1, [new Verdict(1, 0, 0, 0, Direction.Forward, 1, 2, double.NaN)], []);
        Assert.True(WireValues.Same(one, one with { Verdicts = [one.Verdicts[0] with { }] }));
        Assert.False(WireValues.Same(one, one with { Verdicts = [one.Verdicts[0] with { Pass = 1 }] }));
        Assert.False(WireValues.Same(one, one with { Verdicts = [] }));
        Assert.False(WireValues.Same(one, one with { Work = Work with { Ballot = new Ballot(3, new NodeId("node-1", 8)) } }));
    }

    [Fact]
    public void Records_are_marked() => Assert.Contains(typeof(BeginPass), WireValues.Types);

    [Fact]
    public void Each_manifest_is_of_one_record()
    {
        var manifests = WireTable.Ours.Entries.ToList();
        Assert.Equal(WireValues.Types.ToHashSet(), manifests.Select(entry => entry.Type).ToHashSet());
        Assert.Equal(manifests.Count, manifests.Select(entry => entry.Manifest).Distinct().Count());
        Assert.Contains(("BP3", typeof(BeginPass)), manifests.Select(entry => (entry.Manifest, entry.Type)));
    }

    [Fact]
    public void A_null_in_a_required_member_is_named() =>
        Refused(() => Write(new ForwardDone(Work, 1, null!)), "FD1 ForwardDone.Note: expected a value, found null");

    [Fact]
    public void A_default_array_is_named() =>
        Refused(() => Write(new PassChecked(Work, Direction.Forward, 1, default, [])), "PC2 PassChecked.Verdicts: expected an array");

    [Fact]
    public void A_text_too_long_is_named() =>
        Refused(
            () => Write(new ForwardDone(Work, 1, new string('x', (1 << 20) + 1))),
            "FD1 ForwardDone.Note: expected a text of at most 1048576 bytes, found 1048577");

    [Fact]
    public void Half_a_surrogate_pair_is_sent_as_the_replacement_character() =>
        Assert.Equal(new ForwardDone(Work, 1, "a\uFFFDb"), Read(Write(new ForwardDone(Work, 1, "a\uD800b")), "FD1"));

    [Fact]
    public void An_unmarked_record_is_named() => Refused(() => Write(new RunKey("a", 0)), "RunKey does not travel: it is not marked [Wire]");

    [Fact]
    public void Leftover_bytes_are_refused() =>
        Refused(() => Read([.. Write(new BeginBackward(Work)), 0], "BB1"), "BB1 end: expected nothing more, found 1 bytes");

    [Fact]
    public void Missing_bytes_are_named() =>
        Refused(() => Read(Write(new BeginBackward(Work))[..^1], "BB1"), "BB1 StepId.Pass: expected 4 bytes, found 3");

    [Fact]
    public void An_undefined_enumeration_value_is_named() =>
        Refused(() => Read(Write(new BeginBackward(Work with { Purpose = (Purpose)7 })), "BB1"), "BB1 StepId.Purpose: expected a Purpose, found 7");

    [Fact]
    public void A_member_twice_in_a_set_is_refused()
    {
        byte[] pass = Write(new BeginPass(Work, PassKind.Whole, [1, 2], 0, 4, Rulings.None));
        pass[^21] = 1;
        Refused(() => Read(pass, "BP3"), "BP3 BeginPass.Skipped: expected more than 1, found 1");
    }

    [Fact]
    public void A_count_beyond_the_remaining_bytes_is_refused_before_allocation()
    {
        var report = Write(new HolderReport(1, [1, 2], 3));
        report[7] = 0x7F;
        Refused(() => Read(report, "HR1"), "HR1 HolderReport.SquaredNorms: expected at most 4 of 8 bytes or more, found a count of 2130706434");
    }

    [Theory]
    [InlineData("BP9")]
    [InlineData("ZZ1")]
    [InlineData("")]
    [InlineData("System.Diagnostics.Process, System.Diagnostics.Process")]
    public void Another_version_and_an_unknown_manifest_are_named(string manifest) =>
        Refused(() => Read(Write(new BeginBackward(Work)), manifest), $"{manifest[..Math.Min(manifest.Length, 40)]}: unknown manifest");

    [Fact]
    public void A_missing_manifest_is_refused() => Refused(() => Read([], null), ": unknown manifest");

    [Theory]
    [InlineData(typeof(HoldsAnything), "HoldsAnything.Value: a Object does not travel")]
    [InlineData(typeof(HoldsList), "HoldsList.Values: a List`1 does not travel")]
    [InlineData(typeof(HoldsOther), "HoldsOther.Cause: a Exception does not travel")]
    [InlineData(typeof(HoldsItself), "HoldsItself contains itself")]
    [InlineData(typeof(HoldsNothing), "HoldsNothing: expected a record with one public constructor and a part at least")]
    [InlineData(typeof(NamedTooLong), "NamedTooLong: expected a name of one to three letters")]
    public void A_record_that_cannot_be_serialized_is_named_at_start_up(Type record, string message) => Refused(() => _ = new WireTable([record]), message);

    [Fact]
    public void Two_records_of_one_name_are_named_at_start_up() =>
        Refused(() => _ = new WireTable([typeof(First), typeof(Second)]), "TW: the name of First and of Second");

    private static byte[] Write(object message) => WireTable.Ours.Write(message);

    private object Read(byte[] bytes, string? manifest) => WireTable.Ours.Read(bytes, manifest, _system);

    private static void Refused(Action action, string message) =>
        Assert.Contains(message, Assert.Throws<WireException>(action).Message, StringComparison.Ordinal);

    [Wire("HA")]
    private sealed record HoldsAnything(object Value);

    [Wire("HL")]
    private sealed record HoldsList(List<int> Values);

    [Wire("HO")]
    private sealed record HoldsOther(Exception Cause);

    [Wire("HI")]
    private sealed record HoldsItself(ImmutableArray<HoldsItself> Values);

    [Wire("HN")]
    private sealed record HoldsNothing;

    [Wire("LONG")]
    private sealed record NamedTooLong(int Value);

    [Wire("TW")]
    private sealed record First(int Value);

    [Wire("TW", 2)]
    private sealed record Second(int Value);
}
