using System.Collections.Immutable;
using PipelineRobustness.Benchmarks;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>
/// The guarantee, over passes whose values are names. This is the short form: <c>referee-model</c> of the benchmarks tries every
/// behaviour of one liar, and a million random draws.
/// </summary>
public sealed class RefereeModelSpecs
{
    // No multiple of 3, so that every choice in every field is met.
    private const int Step = 101;
    private const int Draws = 1_000;

    public static TheoryData<int, int> Liars => [.. from stages in (int[])[3, 4] from stage in Enumerable.Range(0, stages) select (stages, stage)];

    public static TheoryData<string> Kinds =>
    [
        "the neighbour's link", "the jump", "the gradient's link", "the output", "the input's gradient",
        "the tied matrix's links", "the tied matrix's parts", "the sums",
    ];

    [Theory]
    [MemberData(nameof(Liars))]
    public void A_single_liar_harms_neither_weights_nor_honest_stages(int stages, int stage)
    {
        Assert.Null(RefereeModel.OfOneLiar(stages, stage, Step).Violation);
        Assert.Null(RefereeModel.OfOneTiedLiar(stages, stage).Violation);
    }

    [Fact]
    public void Liars_convict_no_honest_stage_and_commit_only_what_neighbours_agree_on()
    {
        var random = new Random(1);
        for (var n = 0; n < 20 * Draws; n++)
        {
            var draw = RefereeModel.Draw(random);
            var violation = RefereeModel.Violation(NamedJudge.Of(draw.Ring), draw);
            Assert.True(violation is null, $"{violation}: {draw}");
        }
    }

    [Fact]
    public void Neighbours_who_agree_on_a_lie_are_committed()
    {
        var ring = new Ring(4, 1);
        var (liar, covers) = (new NamedBehaviour(), new NamedBehaviour { [Field.StateCopy] = Choice.Claimed });
        foreach (var field in (Field[])[Field.SendActivation, Field.SendJump]) liar[field] = Choice.Lie;
        var pass = new NamedPass(
            new NamedTruth(ring), new Dictionary<int, NamedBehaviour> { [1] = liar, [2] = covers }, ImmutableHashSet<StageLink>.Empty);
        Assert.Empty(NamedJudge.Of(ring).Of(pass));
        Assert.True(pass.IsWrong);
        Assert.True(pass.IsCovered);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_kind_of_rule_left_out_is_found(string kind) => AssertFound(ring => Without(ring, rule => Kind(rule) == kind));

    [Fact]
    public void A_single_rule_left_out_is_found()
    {
        var ring = new Ring(3, 1, IsTied: true);
        var rules = RefereeRules.Of(ring);
        foreach (var rule in rules.Chain.Concat(rules.Sums).SelectMany(row => row.Rules))
            AssertFound(drawn => Without(drawn, other => other == rule), drawn => drawn.Stages == 3 && drawn.IsTied, 5 * Draws, rule.ToString());
    }

    [Fact]
    public void A_conviction_of_the_sender_of_a_disputed_link_is_found() =>
        AssertFound(ring => NamedJudge.Of(ring) with { Judge = (pass, breach) => Convict(Link(breach)?.From) ?? NamedJudge.Outcome(pass, breach) });

    [Fact]
    public void A_conviction_of_the_receiver_of_a_disputed_link_is_found() =>
        AssertFound(ring => NamedJudge.Of(ring) with { Judge = (pass, breach) => Convict(Link(breach)?.To) ?? NamedJudge.Outcome(pass, breach) });

    [Fact]
    public void A_hearing_before_links_are_settled_is_found() => AssertFound(ring =>
    {
        var rules = RefereeRules.Of(ring);
        return NamedJudge.Of(ring) with { Rules = rules with { Chain = [.. BlocksFirst(rules.Chain)] } };
    });

    [Fact]
    public void A_conviction_of_the_accused_unheard_is_found() => AssertFound(ring => NamedJudge.Of(ring) with
    {
        Judge = (pass, breach) => Convict((breach as RuleBreach.DisputedBlock)?.Dispute.Block) ?? NamedJudge.Outcome(pass, breach),
    });

    /// <summary>Each attempt costs a seat or a link, of which there are 3K, and a stage whose seat was taken tells the truth.</summary>
    [Fact]
    public void Attempts_are_bounded_by_convictions_and_relays()
    {
        var random = new Random(2);
        for (var n = 0; n < Draws; n++)
        {
            var draw = RefereeModel.Draw(random) with { Relayed = [] };
            var (attempts, rulings, last) = Work(draw);
            Assert.Equal(attempts - 1, rulings.AttemptOf(0));
            Assert.InRange(rulings.All.Length, attempts - 1, draw.Liars.Count + 3 * draw.Ring.Stages);
            Assert.True(!last.IsWrong || last.IsCovered, draw.ToString());
        }
    }

    [Fact]
    public void Two_neighbours_who_lie_each_by_itself_are_convicted_one_after_the_other()
    {
        var liar = new NamedBehaviour { [Field.SendActivation] = Choice.Lie, [Field.SendJump] = Choice.Lie };
        var other = new NamedBehaviour { [Field.SendActivation] = Choice.OtherLie, [Field.SendJump] = Choice.OtherLie };
        var (attempts, rulings, last) = Work(new(new Ring(4, 1), new Dictionary<int, NamedBehaviour> { [1] = liar, [2] = other }, []));
        Assert.Equal(3, attempts);
        Assert.Equal([1, 2], rulings.All.Select(ruling => ruling.Convicted!.Stage));
        Assert.False(last.IsWrong);
    }

    [Fact]
    public void An_equivocating_stage_costs_an_attempt_and_is_convicted_if_it_goes_on()
    {
        var liar = new NamedBehaviour { [Field.SendJump] = Choice.Lie };
        var (attempts, rulings, last) = Work(new(new Ring(4, 1), new Dictionary<int, NamedBehaviour> { [1] = liar }, []));
        Assert.Equal(3, attempts);
        Assert.Equal(new StageLink(Direction.Forward, PipelineRobustness.Pipeline.Ports.Link.Jump, 1, 3), rulings.All[0].Relayed);
        Assert.Equal(1, rulings.All[1].Convicted!.Stage);
        Assert.Empty(rulings.RelayedLinks);
        Assert.False(last.IsWrong);
    }

    // Attempts at one iteration, until one is committed.
    private static (int Attempts, Rulings Rulings, NamedPass Last) Work(NamedDraw draw)
    {
        var (truth, judge, rulings) = (new NamedTruth(draw.Ring), NamedJudge.Of(draw.Ring), Rulings.None);
        for (var attempt = 0; ; attempt++)
        {
            var relayed = rulings.RelayedLinks;
            var pass = new NamedPass(truth, draw.Liars.Where(liar => rulings.SeatOf(liar.Key) == 0).ToDictionary(), relayed);
            var outcomes = judge.Of(pass);
            Assert.Null(RefereeModel.Violation(pass, relayed, outcomes));
            if (outcomes.IsEmpty) return (attempt + 1, rulings, pass);
            rulings = rulings.With(outcomes.SelectMany(outcome => Made(outcome, rulings, attempt)), []);
        }
    }

    private static IEnumerable<Ruling> Made(NamedOutcome outcome, Rulings rulings, int attempt)
    {
        if (outcome.Relayed is { } link) yield return new Ruling(0, attempt, link.Act, null, null, link);
        foreach (var stage in outcome.Convicted)
            yield return new Ruling(0, attempt, Act.Forward, 0, new Conviction(stage, rulings.SeatOf(stage), new NodeId($"node-{stage}"), default, null), null);
    }

    private static void AssertFound(Func<Ring, NamedJudge> judge, Func<Ring, bool>? fits = null, int draws = Draws, string? what = null)
    {
        var random = new Random(3);
        for (var n = 0; n < draws; n++)
        {
            var draw = RefereeModel.Draw(random, 4);
            while (fits?.Invoke(draw.Ring) == false) draw = RefereeModel.Draw(random, 4);
            if (RefereeModel.Violation(judge(draw.Ring), draw) is not null) return;
        }

        Assert.Fail($"not found within {draws} draws: {what}");
    }

    private static NamedJudge Without(Ring ring, Func<Rule, bool> leftOut)
    {
        var rules = RefereeRules.Of(ring);
        return NamedJudge.Of(ring) with { Rules = new(Left(rules.Chain), Left(rules.Sums)) };

        ImmutableArray<RuleRow> Left(ImmutableArray<RuleRow> rows) =>
            [.. rows.Select(row => new RuleRow([.. row.Rules.Where(rule => !leftOut(rule))])).Where(row => !row.Rules.IsEmpty)];
    }

    private static IEnumerable<RuleRow> BlocksFirst(ImmutableArray<RuleRow> rows)
    {
        for (var n = 0; n < rows.Length; n++)
        {
            var isPair = n + 1 < rows.Length && rows[n].Rules[0] is LinkRule && rows[n + 1].Rules[0] is BlockRule;
            if (isPair) yield return rows[n + 1];
            yield return rows[n];
            if (isPair) n++;
        }
    }

    private static NamedOutcome? Convict(int? stage) => stage is { } convicted ? new NamedOutcome([convicted]) : null;

    private static StageLink? Link(RuleBreach breach) => (breach as RuleBreach.DisputedLink)?.Link;

    private static string Kind(Rule rule) => rule switch
    {
        LinkRule { Link.Link: PipelineRobustness.Pipeline.Ports.Link.Tied } => "the tied matrix's links",
        LinkRule { Link.Link: PipelineRobustness.Pipeline.Ports.Link.Jump } => "the jump",
        LinkRule { Link.Direction: Direction.Forward } => "the neighbour's link",
        LinkRule => "the gradient's link",
        BlockRule { Value: DisputedValue.Output } => "the output",
        BlockRule { Value: DisputedValue.InputGradient } => "the input's gradient",
        BlockRule { Value: DisputedValue.TiedPart } => "the tied matrix's parts",
        _ => "the sums",
    };
}
