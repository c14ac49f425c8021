using System.Collections.Immutable;
using PipelineRobustness.Benchmarks;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>What a hearing needs, and who is convicted in it.</summary>
public sealed class HearingSpecs
{
    private const int Owner = 2, Copier = 3;

    private static readonly Claim True = new(0, 1), False = new(0, 2), OtherFalse = new(0, 3);

    private static readonly Exhibit Input = new(new ExhibitKey(Owner, ExhibitKind.Input), new Claim(5, 5), [Owner, Copier]);

    [Fact]
    public void A_holder_that_stated_something_else_than_comes_out_is_convicted()
    {
        Assert.Equal([Owner], Decide(False, True).Convicted);
        Assert.Equal([Copier], Decide(True, False).Convicted);
        Assert.Equal([Owner, Copier], Decide(False, OtherFalse).Convicted);
    }

    [Fact]
    public void The_other_holder_is_confirmed()
    {
        Assert.Equal([Copier], Decide(False, True).Confirmed);
        Assert.Empty(Decide(False, OtherFalse).Confirmed);
    }

    [Fact]
    public void An_exhibit_that_one_holder_shows_is_enough() =>
        Assert.Equal([Owner], Case(False, True).Decide([Shown(Owner, Input)], True).Convicted);

    [Fact]
    public void Holders_that_both_hide_what_they_stated_are_convicted_unheard()
    {
        var outcome = Case(False, True).Decide([], null);
        Assert.Equal([Owner, Copier], outcome.Convicted);
        Assert.Empty(outcome.Confirmed);
    }

    [Fact]
    public void An_exhibit_with_another_claim_counts_as_not_shown() =>
        Assert.Equal([Owner, Copier], Case(False, True).Decide([Shown(Owner, Input) with { Claim = False }], null).Convicted);

    [Fact]
    public void A_hearing_without_result_is_refused_where_everything_was_shown() =>
        Assert.Throws<ArgumentNullException>(() => Case(False, True).Decide([Shown(Owner, Input)], null));

    [Fact]
    public void A_forward_hearing_needs_the_state_and_the_input() =>
        Assert.Equal([ExhibitKind.State, ExhibitKind.Input], Needed(new(2, DisputedValue.Output, 1)));

    [Fact]
    public void The_first_block_s_input_and_the_last_block_s_gradient_need_not_be_shown()
    {
        Assert.Equal([ExhibitKind.State], Needed(new(0, DisputedValue.Output, 0)));
        Assert.Equal([ExhibitKind.State, ExhibitKind.Input], Needed(new(3, DisputedValue.InputGradient, 0)));
        Assert.Equal([ExhibitKind.State, ExhibitKind.Input, ExhibitKind.Gradient], Needed(new(2, DisputedValue.InputGradient, 0)));
    }

    [Fact]
    public void Sums_need_every_micro_batch_and_of_a_tied_matrix_the_other_part()
    {
        Assert.Equal([ExhibitKind.State, ExhibitKind.Gradient, ExhibitKind.Gradient, ExhibitKind.OtherPart], Needed(new(0, DisputedValue.Sums)));
        Assert.Equal([ExhibitKind.State, ExhibitKind.Gradient, ExhibitKind.Gradient], Needed(new(0, DisputedValue.TiedPart)));
        Assert.Equal(5, Needed(new(1, DisputedValue.Sums)).Count());
    }

    [Fact]
    public void Inputs_are_what_both_holders_stated_that_they_worked_on()
    {
        var (pass, needed) = (Pass, HearingOf(new(2, DisputedValue.InputGradient, 1)).Needed);
        Assert.Equal(pass.Output(1, 1), needed[1].Claim);
        Assert.Equal(pass.InputGradient(3, 1), needed[2].Claim);
        Assert.All(needed, exhibit => Assert.Equal([2, 3], exhibit.StatedBy));
    }

    [Fact]
    public void The_keeper_of_the_state_before_a_step_is_convicted_where_it_hides_it()
    {
        var hearing = Hearing.OfStep(2, Pass, before: 9, own: 1, copy: 2);
        var others = hearing.Needed.Where(exhibit => exhibit.Key.Kind != ExhibitKind.StateBefore).Select(exhibit => Shown(Owner, exhibit));
        var outcome = hearing.Decide([.. others], null);
        Assert.Equal([Copier], outcome.Convicted);
        Assert.Empty(outcome.Confirmed);
    }

    [Fact]
    public void A_false_step_is_convicted_and_the_other_s_state_confirmed()
    {
        var hearing = Hearing.OfStep(2, Pass, before: 9, own: 1, copy: 2);
        var outcome = hearing.Decide([.. hearing.Needed.Select(exhibit => Shown(Copier, exhibit))], Claim.OfState(2));
        Assert.Equal([Owner], outcome.Convicted);
        Assert.Equal([Copier], outcome.Confirmed);
    }

    private static PassStatements Pass { get; } =
        new NamedPass(new NamedTruth(new Ring(4, 2, IsTied: true)), new Dictionary<int, NamedBehaviour>(), ImmutableHashSet<StageLink>.Empty).Statements;

    private static Hearing HearingOf(Dispute dispute) => Hearing.Of(dispute, Pass, [0, 1, 2, 3]);

    private static IEnumerable<ExhibitKind> Needed(Dispute dispute) => HearingOf(dispute).Needed.Select(exhibit => exhibit.Key.Kind);

    private static Hearing Case(Claim owner, Claim copier) =>
        new(new Dispute(Owner, DisputedValue.Output, 0), new(Owner, owner), new(Copier, copier), [Input]);

    private static HearingOutcome Decide(Claim owner, Claim copier) => Case(owner, copier).Decide([Shown(Copier, Input)], True);

    private static ShownExhibit Shown(int stage, Exhibit exhibit) => new(stage, exhibit.Key, exhibit.Claim);
}
