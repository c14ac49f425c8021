using PipelineRobustness.Experiments.League;
using PipelineRobustness.Experiments.Results;
using static PipelineRobustness.Tests.Experiments.League.PlayedLeague;

namespace PipelineRobustness.Tests.Experiments.League;

public sealed class LeaguePageSpecs
{
    private static LeagueTable Table(string heading) => LeagueTable.Of(Whole).Single(table => table.Heading == heading);

    [Fact]
    public void The_standings_begin_with_the_worst_case()
    {
        var table = LeagueTable.Of(Whole)[0];
        Assert.Equal(["detector", "worst recall", "by", "worst × clean", "by", "mean recall"], table.Columns.Take(6));
        Assert.Equal(["lot", "0.750", "flip", "2.00", "flip", "0.844"], table.Rows[0].Take(6));
        Assert.Equal(["exact", "0.000", "pair", "2.00", "pair", "0.500"], table.Rows[1].Take(6));
        Assert.All(LeagueTable.Of(Whole), one => Assert.All(one.Rows, row => Assert.Equal(one.Columns.Count, row.Count)));
    }

    [Fact]
    public void Blind_spots_are_named_by_attacker() => Assert.Equal([["lot", "none"], ["exact", "pair"]], Table("Blind spots").Rows);

    [Fact]
    public void The_attacker_that_does_most_harm_comes_first() =>
        Assert.Equal(
            [["flip", "4.00", "0.750", "1.000"], ["pair", "2.00", "0.938", "0.000"], ["gentle", "1.01", "–", "1.000"]],
            Table("Recall, by attacker").Rows);

    [Fact]
    public void A_model_that_diverged_is_shown_as_such()
    {
        var diverged = With(Flip, Lot, row => row with { Perplexity = null });
        Assert.Contains("| lot | 0.750 | flip | diverged | flip |", LeaguePage.Document(diverged), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_and_its_figures_are_written_and_are_the_same_each_time()
    {
        var strong = Whole.Attackers[1] with { Name = "strong", Strength = new Strength("soft", 2) };
        var swept = Whole with
        {
            Attackers = [.. Whole.Attackers, strong],
            Rows = [.. Whole.Rows, Row("strong", LeagueSettings.Undefended) with { Perplexity = 30 }, Row("strong", Exact) with { Attacks = 4, Detected = 3 }],
        };
        using var files = new ExperimentFiles();
        using var folder = ExperimentFolder.Hold(files.Folder);
        var page = File.ReadAllText(LeaguePage.Write(swept, folder));
        Assert.Contains("<figcaption>Filled: the worst case", page, StringComparison.Ordinal);
        Assert.Contains("soft: recall against damage, by strength", File.ReadAllText(folder.Full("league-soft.svg")), StringComparison.Ordinal);
        Assert.Equal(page, File.ReadAllText(LeaguePage.Write(swept, folder)));
        Assert.Equal(LeaguePage.Document(swept), File.ReadAllText(folder.Full("league.md")));
    }

    [Fact]
    public void A_league_of_which_nothing_was_worked_has_a_page() =>
        Assert.Contains("0 cells: 3 attackers", LeaguePage.Document(Whole with { Rows = [] }), StringComparison.Ordinal);
}
