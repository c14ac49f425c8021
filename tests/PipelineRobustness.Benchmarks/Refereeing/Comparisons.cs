using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Benchmarks;

/// <summary>How often two stages' words are held against each other.</summary>
internal static class Comparisons
{
    /// <summary>In an iteration in which no rule is broken: by each rule once, of a chain once in every micro-batch, and once by each block's step.</summary>
    public static long Of(Ring ring)
    {
        var rules = RefereeRules.Of(ring);
        return ((long)ring.MicroBatches * Count(rules.Chain)) + Count(rules.Sums) + ring.Stages;
    }

    private static int Count(IEnumerable<RuleRow> rows) => rows.Sum(row => row.Rules.Length);

    /// <summary>Counts rulings.</summary>
    internal sealed class RulingCount : IRunObserver
    {
        public int Rulings { get; private set; }

        public void Observe(RunEvent occurrence) => Rulings += occurrence is RulingMade ? 1 : 0;
    }
}
