using System.Globalization;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>The tables of docs/threats.md say what the rules say.</summary>
public sealed class ThreatTableSpecs
{
    private static readonly string[] Page = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "threats.md"));

    [Fact]
    public void The_table_of_rules_has_their_order_and_meaning()
    {
        var ring = new Ring(4, 1, IsTied: true);
        var rules = RefereeRules.Of(ring);
        var ofBlock1 = rules.Chain.SelectMany(row => row.Rules).Where(rule => rule is LinkRule { Link.To: 1 } or BlockRule { Block: 1 });
        var kinds = ofBlock1.Concat(rules.Sums.SelectMany(row => row.Rules)).Select(Kind).Distinct().ToList();
        var table = Table("order").Select(row => row[3]).ToList();
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7", "8", "9"], Table("order").Select(row => row[0]));
        Assert.Equal(kinds.Select(kind => kind.Means), table.Take(kinds.Count));
        Assert.Equal(["block", "transfer"], table.Skip(kinds.Count));
        Assert.IsType<RuleBreach.DisputedBlock>(Assert.Single(StepRules.Breaches(ring, [1, 2, 3, 4], [4, 1, 2, 5])));
        Assert.Equal(TransferJudgement.Relay, TransferRules.Judge(1, null, 2));
    }

    [Fact]
    public void The_table_of_colluders_is_counted_over_all_seats()
    {
        foreach (var row in Table("K"))
        {
            var (stages, colluders) = (int.Parse(row[0], CultureInfo.InvariantCulture), int.Parse(row[1], CultureInfo.InvariantCulture));
            var seats = Subsets(stages, colluders).ToList();
            var neighbours = seats.Count(drawn => drawn.Any(seat => drawn.Contains((seat + 1) % stages)));
            Assert.Equal(row[2], ((double)neighbours / seats.Count).ToString("0.000", CultureInfo.InvariantCulture));
        }
    }

    private static (string Means, Direction? Way, Type Type, DisputedValue? Value) Kind(Rule rule) => rule switch
    {
        LinkRule { Link.Link: Link.Tied } => ("link", null, rule.GetType(), null),
        LinkRule link => ("link", link.Link.Direction, rule.GetType(), null),
        BlockRule block => ("block", null, rule.GetType(), block.Value),
        _ => throw new ArgumentException("a rule of another kind", nameof(rule)),
    };

    private static IEnumerable<int[]> Subsets(int count, int size)
    {
        if (size == 0) return [[]];
        return from last in Enumerable.Range(size - 1, count - size + 1)
               from rest in Subsets(last, size - 1)
               select (int[])[.. rest, last];
    }

    private static IEnumerable<string[]> Table(string firstHeader) => Page
        .SkipWhile(line => !line.StartsWith($"| {firstHeader} |", StringComparison.Ordinal)).Skip(2)
        .TakeWhile(line => line.StartsWith('|')).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries));
}
