using PipelineRobustness.Experiments.League;
using static PipelineRobustness.Tests.Experiments.League.PlayedLeague;

namespace PipelineRobustness.Tests.Experiments.League;

/// <summary>Each bar holds of the rows that it should hold of, and breaks by one row that should break it.</summary>
public sealed class LeagueBarsSpecs
{
    [Fact]
    public void Every_bar_of_a_sound_league_holds() =>
        Assert.All(LeagueBars.Of(Whole), bar => Assert.True(bar.End == BarEnd.Holds, bar.ToString()));

    public static TheoryData<string, string, Func<LeagueRow, LeagueRow>, string> Breaches => new()
    {
        { Flip, LeagueSettings.Undefended, row => row with { Attacks = 9 }, "flip makes 10 attacks undefended: not in 1 of 1 cell: flip against undefended" },
        { Flip, Exact, row => row with { Detected = 9 }, "exact finds every attack (value): not in 1 of 2 cells: flip against exact (gpt2, seed 1): 9 of 10" },
        { Flip, Exact, row => row with { Weights = "z" }, "exact ends with the weights of the run without attack" },
        { LeagueSettings.NoAttack, Exact, row => row with { Done = false, Weights = null, Reason = "why" }, "failed: why" },
        { Flip, Exact, row => row with { FalseFindings = 1 }, "no exact detector finds anything false: not in 1 of 4 cells" },
        { LeagueSettings.NoAttack, Lot, row => row with { FalseConvictions = 1 }, "lot convicts no honest stage: not in 1 of 3 cells" },
        { Pair, Lot, row => row with { CaughtAttempts = 10 }, "lot finds by lot (agreed; 1 - (1 - 0.5)^4): 10 found of 16 attempts" },
        { Flip, Exact, row => row with { Shuffled = new(80, 20, 40, 40) }, "recall is that of chance where the truth is shuffled: 60 found" },
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public void A_row_that_breaks_a_promise_breaks_its_bar(string attacker, string detector, Func<LeagueRow, LeagueRow> change, string said)
    {
        var broken = LeagueBars.Of(With(attacker, detector, change)).Where(bar => bar.End == BarEnd.Broken);
        Assert.Contains(broken, bar => bar.ToString().Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void A_detector_that_promises_never_to_find_a_lie_must_not_find_one()
    {
        var never = Whole with { Detectors = [Whole.Detectors[0], Whole.Detectors[1] with { ByLot = [], Never = ["agreed"] }] };
        Assert.Contains(LeagueBars.Of(never), bar => bar is { End: BarEnd.Broken, Name: "lot finds no attack (agreed)" });
    }

    [Fact]
    public void Lies_about_a_part_of_the_micro_batches_are_found_less_often_by_lot()
    {
        var tenth = Whole with { Attackers = [.. Whole.Attackers.Select(attacker => attacker with { Part = 0.1 })] };
        Assert.Contains(LeagueBars.Of(tenth), bar => bar is { End: BarEnd.Broken, Reason: "15 found of 16 attempts with attacks, 3.0 ± 4.7 expected" });
    }

    [Fact]
    public void A_bar_without_rows_is_not_judged() =>
        Assert.All(LeagueBars.Of(Whole with { Rows = [] }), bar => Assert.Equal(BarEnd.NotJudged, bar.End));

    [Fact]
    public void An_attacker_that_makes_no_attack_leaves_none_to_find()
    {
        var none = With(Gentle, Exact, row => row with { Attacks = 0, Detected = 0, Averted = 0 });
        Assert.Contains(LeagueBars.Of(none), bar => bar is { End: BarEnd.Holds, Name: "exact finds every attack (value)", Reason: "in 1 cell" });
    }

    [Fact]
    public void Too_few_checks_show_nothing_about_false_findings() =>
        Assert.Contains(LeagueBars.Of(Whole with { Checks = 1_000_000 }), bar => bar is
        {
            End: BarEnd.NotJudged,
            Reason: "none in 240 checks, of 1,000,000 wanted",
        });

    /// <summary>Of 32 attempts 30 are expected, and 4.1 more or less if their lots are their own, or 5.8 if they are the same ones twice.</summary>
    [Theory, InlineData(true, BarEnd.Holds), InlineData(false, BarEnd.Broken)]
    public void Cells_with_the_same_lots_may_have_the_same_luck(bool areTheSame, BarEnd end)
    {
        var league = Whole.With(Whole.Rows.Single(row => row is { Attacker: Pair, Detector: Lot }) with { Detected = 13, CaughtAttempts = 13 });
        var results = league with { Detectors = [league.Detectors[0], league.Detectors[1] with { ByLot = ["value", "agreed"], SharesLots = areTheSame }] };
        Assert.Equal(end, LeagueBars.Of(results).Single(bar => bar.Name.StartsWith("lot finds by lot", StringComparison.Ordinal)).End);
    }

    [Fact]
    public void Weights_are_compared_with_those_of_the_same_settings_alone()
    {
        var others = With(LeagueSettings.NoAttack, LeagueSettings.Undefended, row => row with { Identity = "other", Weights = "z" });
        Assert.Equal(BarEnd.NotJudged, LeagueBars.Of(others).Single(bar => bar.Name.Contains("exact ends with", StringComparison.Ordinal)).End);
    }
}
