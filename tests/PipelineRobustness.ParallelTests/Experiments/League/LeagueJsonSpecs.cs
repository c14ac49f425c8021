using System.Text;
using PipelineRobustness.Experiments.League;
using PipelineRobustness.Models;
using static PipelineRobustness.Tests.Experiments.League.PlayedLeague;

namespace PipelineRobustness.Tests.Experiments.League;

public sealed class LeagueJsonSpecs
{
    private static LeagueResults Read(string text) => LeagueJson.Read(Encoding.UTF8.GetBytes(text), "league.json");

    [Fact]
    public void Results_are_read_as_they_were_written()
    {
        var text = LeagueJson.Text(Whole);
        Assert.Equal(text, LeagueJson.Text(Read(text)));
        Assert.Equal(Whole.Rows, Read(text).Rows);
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "expected schema pipeline-robustness/league, version 1, found pipeline-robustness/league, version 2")]
    [InlineData("\"schema\": \"pipeline-robustness/league\"", "\"schema\": \"mine\"", "found mine, version 1")]
    [InlineData("\"attempts\": 10", "\"attempts\": \"ten\"", "an error in line")]
    [InlineData("\"attempts\": 10", "\"tries\": 10", "$.results.rows[0]")]
    [InlineData("\"delay\": null,", "", "an error in line")]
    [InlineData("\"delay\": null,", "\"delay\": null, \"delay\": null,", "an error in line")]
    [InlineData("\"attempts\": 10", "\"attempts\": -1", "rows[0].iterations: expected 0 to -1, found 10")]
    [InlineData("\"detected\": 0", "\"detected\": 3", "rows[0].detected: expected 0 to 0, found 3")]
    [InlineData("\"delay\": null", "\"delay\": 1", "rows[0].delay, attackedAttempts, caughtAttempts: expected those of as many attacks, found others")]
    [InlineData("\"reason\": null", "\"reason\": \"none\"", "rows[0].done: expected a reason")]
    [InlineData("\"falseFindings\": 0", "\"falseFindings\": 9000000000000000", "rows[0].falseFindings: expected 0 to")]
    [InlineData("\"attacker\": \"no-attack\"", "\"attacker\": \"other\"", "rows[0].attacker: expected one of the attackers, found other")]
    [InlineData("\"attacker\": \"no-attack\"", "\"attacker\": \"flip\"", "expected each cell once, found flip against undefended (gpt2, seed 1) twice")]
    [InlineData("{", "[", "expected results of a league (docs/league.md), found an error in line")]
    public void Anything_else_is_refused_in_one_line(string part, string other, string said)
    {
        var text = LeagueJson.Text(Whole);
        var at = text.IndexOf(part, StringComparison.Ordinal);
        var refusal = Assert.Throws<BadInputException>(() => Read(string.Concat(text.AsSpan(0, at), other, text.AsSpan(at + part.Length)))).Message;
        Assert.StartsWith("league.json: ", refusal, StringComparison.Ordinal);
        Assert.Contains(said, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Fact]
    public void Entrants_and_rows_of_others_are_kept()
    {
        var mine = Whole with { Detectors = [Whole.Detectors[0] with { Name = "mine" }], Rows = [Row(Flip, "mine"), Row(Flip, Exact) with { Attacks = 7 }] };
        var both = mine.With(Whole);
        Assert.Equal(["mine", Exact, Lot], both.Detectors.Select(detector => detector.Name));
        Assert.Equal(Whole.Rows.Count + 1, both.Rows.Count);
        Assert.Equal(7, both.Rows.Single(row => row.Attacker == Flip && row.Detector == Exact).Attacks);
    }
}
