using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>What follows from a run's rulings: seats, relays, attempts, quarantine.</summary>
public sealed class RulingsSpecs
{
    private static readonly StageLink Jump = new(Direction.Forward, Link.Jump, 1, 3);

    [Fact]
    public void A_seat_is_the_number_of_convictions()
    {
        var rulings = Rulings.None.With([Convict(0, 0, 2)], []).With([Convict(0, 1, 2), Convict(0, 1, 3)], []);
        Assert.Equal([0, 0, 2, 1], Enumerable.Range(0, 4).Select(rulings.SeatOf));
    }

    [Fact]
    public void A_stage_convicted_of_two_things_in_an_attempt_loses_one_seat()
    {
        var rulings = Rulings.None.With([Convict(0, 0, 2, Act.Backward), Convict(0, 0, 2, Act.Forward)], []);
        Assert.Equal(Act.Forward, Assert.Single(rulings.All).Act);
    }

    [Fact]
    public void An_attempt_is_counted_once_however_many_rulings_it_ended_with()
    {
        var rulings = Rulings.None.With([Convict(5, 0, 1), Convict(5, 0, 2), Relay(5, 0)], []).With([Convict(5, 1, 3)], []);
        Assert.Equal((0, 2), (rulings.AttemptOf(4), rulings.AttemptOf(5)));
    }

    [Fact]
    public void An_attempt_that_ended_with_a_relay_alone_is_counted_apart()
    {
        var rulings = Rulings.None.With([Relay(5, 0)], []).With([Relay(5, 1), Convict(5, 1, 2)], []).With([Convict(5, 2, 3)], []);
        Assert.Equal((3, 1), (rulings.AttemptOf(5), rulings.RelaysOf(5)));
    }

    [Theory]
    [InlineData(Act.Step)]
    [InlineData(Act.Transfer)]
    public void Steps_and_transfers_end_no_attempt(Act act) =>
        Assert.Equal(0, Rulings.None.With([Convict(5, 0, 1, act)], []).AttemptOf(5));

    [Fact]
    public void A_relay_lasts_until_one_of_its_ends_is_convicted()
    {
        var rulings = Rulings.None.With([Relay(0, 0)], []);
        Assert.Equal([Jump], rulings.RelayedLinks);
        Assert.Equal([Jump], rulings.With([Convict(0, 1, 2)], []).RelayedLinks);
        Assert.Empty(rulings.With([Convict(7, 0, 1)], []).RelayedLinks);
        Assert.Empty(rulings.With([Convict(7, 0, 3)], []).RelayedLinks);
    }

    [Fact]
    public void A_relay_may_come_again() =>
        Assert.Equal([Jump], Rulings.None.With([Relay(0, 0)], []).With([Convict(0, 1, 1)], []).With([Relay(0, 2)], []).RelayedLinks);

    [Fact]
    public void A_link_of_a_stage_convicted_in_the_same_attempt_is_not_relayed() =>
        Assert.Empty(Rulings.None.With([Convict(0, 0, 3), Relay(0, 0)], []).RelayedLinks);

    [Fact]
    public void A_node_is_quarantined_when_its_convictions_reach_the_number()
    {
        var rulings = Rulings.None.With([Convict(0, 0, 1, node: "a")], []).With([Convict(0, 1, 2, node: "a"), Convict(0, 1, 3, node: "b")], []);
        Assert.Equal(["a", "b"], rulings.Quarantined(1).Select(node => node.Name));
        Assert.Equal(["a"], rulings.Quarantined(2).Select(node => node.Name));
        Assert.Empty(rulings.Quarantined(3));
    }

    [Fact]
    public void A_process_that_returns_under_the_name_of_a_quarantined_one_is_another_node()
    {
        var rulings = Rulings.None.With([Convict(0, 0, 1, node: "a")], []);
        Assert.DoesNotContain(new NodeId("a", 1), rulings.Quarantined(1));
    }

    [Fact]
    public void Rulings_of_an_attempt_stand_in_one_order()
    {
        Ruling[] made = [Convict(0, 0, 3), Relay(0, 0), Convict(0, 0, 1), Convict(0, 0, 2, Act.Sum)];
        Assert.Equal(Rulings.None.With(made, []).All, Rulings.None.With(made.Reverse(), []).All);
    }

    [Fact]
    public void Of_two_records_the_longer_is_later()
    {
        var (early, late) = (Rulings.None.With([Relay(0, 0)], []), Rulings.None.With([Relay(0, 0)], []).With([Convict(0, 1, 1)], []));
        Assert.Same(late, Rulings.Later(early, late));
        Assert.Same(late, Rulings.Later(late, early));
    }

    /// <summary>Also when the iteration is worked again from a checkpoint.</summary>
    [Fact]
    public void Notes_of_attempts_are_kept_once_and_belong_to_their_iteration()
    {
        var rulings = Rulings.None.With([Relay(0, 0)], ["one", "two"]).With([Convict(0, 1, 1)], ["two", "three"]).With([Convict(4, 0, 2)], ["two"]);
        Assert.Equal(["one", "two", "three"], rulings.NotesOf(0));
        Assert.Equal(["two"], rulings.NotesOf(4));
        Assert.Empty(rulings.NotesOf(1));
    }

    [Fact]
    public void An_attempt_without_a_ruling_leaves_the_record_as_it_is() => Assert.Same(Rulings.None, Rulings.None.With([], ["one"]));

    private static Ruling Convict(long iteration, int attempt, int stage, Act act = Act.Forward, string? node = null) =>
        new(iteration, attempt, act, 0, new Conviction(stage, 0, new NodeId(node ?? $"node-{stage}"), default, null), null);

    private static Ruling Relay(long iteration, int attempt) => new(iteration, attempt, Jump.Act, 0, null, Jump);
}
