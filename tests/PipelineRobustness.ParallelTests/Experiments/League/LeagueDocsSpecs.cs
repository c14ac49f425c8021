using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.League;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments.League;

/// <summary>docs/league.md names every field of league.json.</summary>
public sealed class LeagueDocsSpecs
{
    [Fact]
    public void Every_field_is_documented()
    {
        var page = Repository.Read("docs/league.md");
        var fields = Fields(JsonNode.Parse(LeagueJson.Text(PlayedLeague.Whole))!).Distinct().ToList();
        Assert.Contains("caughtAttempts", fields);
        Assert.Contains("value", fields);
        Assert.All(fields, field => Assert.Contains($"`{field}`", page, StringComparison.Ordinal));
        Assert.Contains($"`{LeagueJson.Schema}`, `version` is {LeagueJson.Version}", page, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Fields(JsonNode node) => node switch
    {
        JsonObject section => section.SelectMany(item => item.Value is { } value ? Fields(value).Prepend(item.Key) : [item.Key]),
        JsonArray list => list.OfType<JsonNode>().SelectMany(Fields),
        _ => [],
    };
}
