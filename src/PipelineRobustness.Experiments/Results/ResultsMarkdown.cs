using System.Globalization;
using System.Text;
using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.Results;

/// <summary><c>results.md</c>: the results by remedy and rate, as tables for a document.</summary>
public static class ResultsMarkdown
{
    /// <summary>The text.</summary>
    public static string Of(ExperimentResult experiment)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {experiment.Settings.Title}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Seed {experiment.Settings.Seed}. Command: `{experiment.Command}`\n\n");
        text.Append(
            "Perplexity on the evaluation text (times the clean run's; how many times smaller than undefended, that is, what the remedy "
            + "bought back). The worst case is bold. ‡ marks weights that are the clean run's, bit for bit.\n");
        var matrices = RemedyMatrix.Of(experiment);
        foreach (var matrix in matrices)
            Append(text, experiment, matrix);

        Append(text, "Runs without attack", experiment, [.. experiment.Runs.Where(r => !r.Settings.Attack.HasEntries)]);
        var shown = matrices.SelectMany(m => m.Cells).SelectMany(r => r).Select(c => c?.Run).ToHashSet();
        Append(text, "Other runs", experiment, [.. experiment.Runs.Where(r => r.Settings.Attack.HasEntries && !shown.Contains(r))]);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ExperimentResult experiment, RemedyMatrix matrix)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {Plain(matrix.What)}\n\n");
        text.Append("| remedy |").AppendJoin("", matrix.Columns.Select(c => $" rate {c} |")).Append('\n');
        text.Append("|:---|").AppendJoin("", matrix.Columns.Select(_ => "---:|")).Append('\n');
        foreach (var (row, name) in matrix.Rows.Index())
        {
            var cells = matrix.Cells[row].Select(c => $" {(c is null ? "–" : Cell(experiment, c, matrix.IsWorst(c)))} |");
            text.Append(CultureInfo.InvariantCulture, $"| {name} |").AppendJoin("", cells).Append('\n');
        }

        if (matrix.WorstInWords is { } worst)
            text.Append(CultureInfo.InvariantCulture, $"\n{worst}.\n");
    }

    private static void Append(StringBuilder text, string heading, ExperimentResult experiment, List<RunResult> runs)
    {
        if (runs.Count == 0)
            return;

        text.Append(CultureInfo.InvariantCulture, $"\n## {heading}\n\n| run | perplexity |\n|:---|---:|\n");
        foreach (var run in runs)
        {
            var cell = new MatrixCell(run, experiment.PerplexityRatio(run), experiment.Recovered(run));
            text.Append(CultureInfo.InvariantCulture, $"| {run.Settings.Name} | {Cell(experiment, cell, worst: false)} |\n");
        }
    }

    private static string Cell(ExperimentResult experiment, MatrixCell cell, bool worst)
    {
        var run = cell.Run;
        if (run.Diverged || run.Perplexity is not { } perplexity)
            return worst ? "**diverged**" : run.Diverged ? "diverged" : run.ShownStatus;

        string?[] notes =
        [
            experiment.PerplexityRatio(run) is { } ratio && !experiment.IsClean(run) ? $"{Measure.Of(ratio, 2)} ×" : null,
            cell.Recovered is { } recovered ? $"recovered {Measure.Of(recovered, 2)} ×" : null,
        ];
        var inBrackets = string.Join("; ", notes.OfType<string>());
        var shown = Measure.Of(perplexity, 2) + (inBrackets.Length > 0 ? $" ({inBrackets})" : "");
        return (worst ? $"**{shown}**" : shown) + (experiment.EqualsClean(run) == true ? " ‡" : "");
    }

    private static string Plain(string text) => OneLine.Of(text, 200).Replace("|", "\\|", StringComparison.Ordinal);
}
