using PipelineRobustness.Experiments.League;
using Spectre.Console;

namespace PipelineRobustness.Cli.League;

/// <summary>The table at the end: a row per detector, the best first.</summary>
internal static class StandingTable
{
    private static readonly Column[] Columns =
    [
        new("detector", "detector", Justify.Left), new("worst recall", "worst"), new("by", "by", Justify.Left), new("mean recall", "mean"),
        new("delay", "delay"), new("false/M", "false"), new("convicted/M", "conv."), new("worst x clean", "x worst"), new("mean x clean", "x mean"),
        new("equal bits", "equal"), new("CPU", "CPU"), new("CPU attacked", "CPU att."), new("bytes", "bytes"), new("failed", "fail."),
    ];

    /// <summary>The table for a screen of this width.</summary>
    public static Table Of(IReadOnlyList<Standing> standings, int width) =>
        TextTable.Of(Columns, [.. standings.Select(standing => Cells(standing).Select(text => new Cell(text, Style.Plain)).ToArray())], width);

    private static string[] Cells(Standing standing) =>
    [
        standing.Detector, Number(standing.Worst?.Value, 3), standing.Worst?.Attacker ?? "-", Number(standing.Recall, 3), Number(standing.Delay, 1),
        Number(standing.FalseFindings, 1), Number(standing.FalseConvictions, 1), Number(standing.WorstDamage?.Value, 2), Number(standing.Damage, 2),
        Number(standing.EqualBits, 2), Number(standing.Cost, 2), Number(standing.CostAttacked, 2), Number(standing.Traffic, 2), Amount.Count(standing.Failed),
    ];

    private static string Number(double? number, int decimals) => Amount.Measure(number, decimals);
}
