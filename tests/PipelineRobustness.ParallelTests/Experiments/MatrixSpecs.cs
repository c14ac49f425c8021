using System.Xml.Linq;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Each run is compared with its own clean run; remedies and rates are shown as a table and a heat map.</summary>
public sealed class MatrixSpecs : IDisposable
{
    private const string Two =
        """
        training { iterations = 3, micro-batches = 2, sequence-length = 8 }
        grid = [
          { name = "{data.validation-share}-pretrain", data.validation-share = [0.1, 0.2], training.iterations = 9 }
          { name = "{data.validation-share}-clean", from = "{data.validation-share}-pretrain", data.validation-share = [0.1, 0.2] }
          {
            name = "{data.validation-share}-{attack.forward.rate}-{defence.remedy}", from = "{data.validation-share}-pretrain"
            data.validation-share = [0.1, 0.2]
            attack.forward { kind = sign-flip, rate = [0.3, 0.7] }
            defence.remedy = [off, skip, substitute]
          }
        ]
        """;

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Each_run_is_compared_with_the_run_that_differs_in_attack_and_defence_only()
    {
        var result = Experiment();
        Assert.All(result.Runs.Skip(2), r => Assert.Equal(r.Settings.Name[..3] + "-clean", result.CleanOf(r)?.Settings.Name));
        Assert.All(result.Runs.Take(2), r => Assert.Null(result.CleanOf(r)));
        Assert.Equal(2, result.Runs.Count(result.IsClean));
        Assert.Equal(Math.Exp(4 - 2), result.PerplexityRatio(Run(result, "0.1-0.3-off"))!.Value, 9);
    }

    /// <summary>Else all but one of them would be missing.</summary>
    [Fact]
    public void Liars_with_other_options_have_rows_of_their_own()
    {
        var settings = _files.Read(
            """
            defence.remedy = referee
            runs = [
              { name = clean, defence.remedy = off }
              { name = one, attack.liars = [{ kind = collude, stage = 2 }] }
              { name = two, attack.liars = [{ kind = collude, stage = 2, act = backward }] }
              { name = three, attack.liars = [{ kind = collude, stage = 2, act = backward, from = 1 }] }
            ]
            """);
        var result = new ExperimentResult(settings, "", DateTimeOffset.UnixEpoch, [.. settings.Runs.Select(r => Done(r, 2))]);
        Assert.Equal(
            ["referee", "referee, act backward", "referee, from 1 act backward"], Assert.Single(RemedyMatrix.Of(result)).Rows);
    }

    [Fact]
    public void A_run_without_a_counterpart_is_compared_with_the_one_named_clean()
    {
        var settings = _files.Read(
            "runs = [{ name = pretrain, training.iterations = 9 }, { name = clean, from = pretrain }, { name = other, from = pretrain }]");
        var result = new ExperimentResult(settings, "", DateTimeOffset.UnixEpoch, [.. settings.Runs.Select(r => Done(r, 2))]);
        Assert.All(result.Runs, r => Assert.Equal("clean", result.CleanOf(r)?.Settings.Name));
        Assert.False(result.DiffersByAttackOnly(result.Runs[0]));
        Assert.True(result.DiffersByAttackOnly(result.Runs[2]));
    }

    [Fact]
    public void A_remedy_recovered_the_undefended_run_s_extra_loss()
    {
        var result = Experiment();
        Assert.Equal(Math.Exp(4 - 3), result.Recovered(Run(result, "0.1-0.3-skip"))!.Value, 9);
        Assert.Null(result.Recovered(Run(result, "0.1-0.3-off")));
        Assert.Null(result.Recovered(Run(result, "0.1-clean")));
        Assert.Null(result.Recovered(Run(result, "0.2-0.7-skip")));
        var json = ExperimentJson.Of(result)["runs"]!.AsArray().First(r => (string)r!["name"]! == "0.1-0.7-substitute")!;
        Assert.Equal(Math.Exp(5 - 2), (double)json["boughtBack"]!, 9);
    }

    [Fact]
    public void Each_corpus_has_a_matrix_of_remedy_by_rate_with_the_worst_case()
    {
        var matrices = RemedyMatrix.Of(Experiment());
        Assert.Equal(["forward", "forward-2"], matrices.Select(m => m.Key));
        Assert.All(matrices, m => Assert.Equal(["off", "skip", "substitute"], m.Rows));
        Assert.All(matrices, m => Assert.Equal(["0.3", "0.7"], m.Columns));
        Assert.Equal("Worst: 0.1-0.7-off (20.09 ×)", matrices[0].WorstInWords);
        Assert.Equal("Worst: 0.2-0.7-off (diverged)", matrices[1].WorstInWords);
    }

    [Fact]
    public void Attack_kinds_have_their_own_rows_and_a_single_run_has_no_matrix()
    {
        var settings = _files.Read(
            "grid = { attack.forward { kind = [sign-flip, uniform], rate = 0.5 }, attack.backward { kind = gaussian, rate = 0.1 }, defence.remedy = skip }");
        var result = new ExperimentResult(settings, "", DateTimeOffset.UnixEpoch, [.. settings.Runs.Select(r => Done(r, 2))]);
        var matrix = Assert.Single(RemedyMatrix.Of(result));
        Assert.Equal(["skip, sign-flip+gaussian", "skip, uniform+gaussian"], matrix.Rows);
        Assert.Equal(["0.5/0.1"], matrix.Columns);
        Assert.Equal(("both", "perplexity"), (matrix.Key, matrix.Quantity));
        Assert.Empty(RemedyMatrix.Of(result with { Runs = [result.Runs[0]] }));
    }

    [Fact]
    public void False_accusations_have_a_row_of_their_own_and_are_no_clean_run()
    {
        var settings = _files.Read(
            "runs = [{ name = clean }]\ngrid = { attack.forward { kind = [false-accusation, sign-flip], rate = [0.3, 0.7] }, defence.remedy = [off, skip] }");
        var result = new ExperimentResult(settings, "", DateTimeOffset.UnixEpoch, [.. settings.Runs.Select(r => Done(r, 2))]);
        var matrix = Assert.Single(RemedyMatrix.Of(result));
        Assert.Equal(["off, false-accusation", "off, sign-flip", "skip, false-accusation", "skip, sign-flip"], matrix.Rows);
        Assert.All(result.Runs, r => Assert.Equal("clean", result.CleanOf(r)!.Settings.Name));
        Assert.Contains("## gpt2-nano on embedded, attacked forward", ResultsMarkdown.Of(result), StringComparison.Ordinal);
    }

    [Fact]
    public void The_heat_map_marks_the_worst_case_and_is_readable_on_every_colour()
    {
        var result = Experiment();
        var figures = FigureSet.Of(result).Where(f => f.File.StartsWith("heat-", StringComparison.Ordinal)).ToList();
        Assert.Equal(["heat-forward.svg", "heat-forward-2.svg"], figures.Select(f => f.File));
        Assert.Contains("Worst: 0.1-0.7-off (20.09 ×), framed.", figures[0].Caption, StringComparison.Ordinal);
        var svg = XDocument.Parse(figures[1].Figure.ToString()).Root!;
        Assert.Single(svg.Descendants(), e => e.Attribute("class")?.Value == "worst");
        Assert.Contains(svg.Descendants(), e => e.Value == "diverged" && e.Attribute("class")!.Value == "ondark strong");
        Assert.Equal(("onlight", "ondark", "onlight", "ondark"),
            (HeatFigure.Ink((255, 255, 255)), HeatFigure.Ink((0, 0, 0)), HeatFigure.Ink((253, 237, 218)), HeatFigure.Ink((122, 32, 4))));
        Assert.True(FigureSet.IsOwn("heat-forward-12.svg"));
        Assert.False(FigureSet.IsOwn("heat-mine.svg"));
    }

    [Fact]
    public void Report_and_document_have_the_table_and_curves_next_to_their_clean_run()
    {
        var result = Experiment();
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "out"));
        ReportPage.Write(result, PreparedExperiment.Prepare(result.Settings), folder);
        var page = File.ReadAllText(folder.Report);
        Assert.Contains("<span class=\"mark worst\">worst</span>", page, StringComparison.Ordinal);
        Assert.Contains("Training loss, runs attacked forward, with 0.2-clean", page, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.Full("loss-forward-2.svg")));
        var text = File.ReadAllText(folder.Markdown);
        Assert.Contains("| remedy | rate 0.3 | rate 0.7 |\n|:---|---:|---:|\n| off | 54.60 (7.39 ×) | **148.41 (20.09 ×)** |", text, StringComparison.Ordinal);
        Assert.Contains("| substitute | 7.39 (1.00 ×; recovered 7.39 ×) ‡ |", text, StringComparison.Ordinal);
        Assert.Contains("**diverged**", text, StringComparison.Ordinal);
        Assert.Contains("Seed 1. Command: `run a.conf`", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(160, true)]
    [InlineData(30, false)]
    public void The_terminal_shows_the_recovered_share_in_brackets_if_there_is_room(int width, bool bought)
    {
        var matrix = RemedyMatrix.Of(Experiment())[0];
        var lines = Cli.TableSpecs.Lines(MatrixTable.Of(matrix, width), width);
        Assert.Equal(bought, lines.Exists(l => l.Contains("(20.09)", StringComparison.Ordinal)));
        Assert.Contains(lines, l => l.Contains("20.09 × <", StringComparison.Ordinal));
        Assert.All(lines, l => Assert.InRange(l.TrimEnd().Length, 1, width));
    }

    private static RunResult Run(ExperimentResult result, string name) => result.Runs.First(r => r.Settings.Name == name);

    private ExperimentResult Experiment()
    {
        var settings = _files.Read(Two);
        return new ExperimentResult(settings, "run a.conf", DateTimeOffset.UnixEpoch, [.. settings.Runs.Select(r => Done(r, Loss(r)))]);
    }

    private static double Loss(RunSettings run) => (run.Attack.Any, run.Defence.Remedy) switch
    {
        (false, _) or (_, "substitute") => 2,
        (_, "skip") => 3,
        _ => run.Attack.Forward[0].Rate < 0.5 ? 4 : run.Data.ValidationShare > 0.15 ? double.NaN : 5,
    };

    private static RunResult Done(RunSettings run, double loss) => new()
    {
        Settings = run,
        Status = RunStatus.Done,
        Iterations = 2,
        EvaluationLoss = loss,
        WeightsSha256 = loss == 2 ? new string('a', 64) : new string('b', 64),
        Losses = [new(1, loss), new(2, loss)],
    };
}
