using System.Globalization;
using System.Xml.Linq;
using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The report is one file that states what was run, the results and the meaning of the terms.</summary>
public sealed class ReportSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_report_fetches_nothing_and_runs_no_script()
    {
        var page = Page();
        foreach (var forbidden in new[] { "<script", "src=", "href=", "@import", "url(", "<link", "<iframe" })
            Assert.DoesNotContain(forbidden, page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_report_has_light_dark_and_print_styles()
    {
        var page = Page();
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
        Assert.Contains("@media print", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_has_every_run_the_command_and_our_differences_from_the_paper()
    {
        var page = Page();
        Assert.All(Results.Experiment(_files).Runs, r => Assert.Contains($"<h3>{r.Settings.Name}</h3>", page, StringComparison.Ordinal));
        Assert.Contains("-- run a.conf --seed 7", page, StringComparison.Ordinal);
        Assert.Contains("is our extension", page, StringComparison.Ordinal);
        Assert.Contains("2 of them were detected, 1 were not.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_the_clean_run_s_weights_is_marked()
    {
        var page = Page();
        Assert.Equal(1, page.Split("<span class=\"mark\">= clean</span>").Length - 1);
        Assert.Contains("Its weights are the clean run&#39;s, bit for bit.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_run_is_not_marked_for_the_weights_it_started_with()
    {
        var whole = Results.Experiment(_files);
        var failed = whole.Runs[4] with { WeightsSha256 = whole.Runs[0].WeightsSha256, Iterations = 0 };
        var page = Page(whole with { Runs = [whole.Runs[0], failed] });
        Assert.DoesNotContain(">= clean<", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Its weights are the clean run", page, StringComparison.Ordinal);
        Assert.DoesNotContain("ended with the clean run", page, StringComparison.Ordinal);
    }

    /// <summary>It is its own clean run: there is nothing to differ from.</summary>
    [Fact]
    public void A_defended_run_without_an_attack_is_not_said_to_be_attacked()
    {
        var settings = _files.Read("runs = [{ name = alone, defence.remedy = substitute }]");
        var made = Results.Experiment(_files).Runs[0];
        var page = Page(new ExperimentResult(settings, "run a.conf", DateTimeOffset.UnixEpoch, [made with { Settings = settings.Runs[0] }]));
        Assert.DoesNotContain("an attack went through", page, StringComparison.Ordinal);
    }

    /// <summary>A run with false accusations is reported as one without attacks, whose false verdicts were intended.</summary>
    [Theory]
    [InlineData("skip", "48 verdicts named a stage that had not attacked there.")]
    [InlineData("off", "Nothing was compared, so no stage was accused.")]
    public void False_accusations_are_no_attacks(string remedy, string sentence)
    {
        var settings = _files.Read(
            $$"""
            runs = [
              { name = clean }
              {
                name = wolf
                attack.forward = [{ kind = false-accusation, rate = 0.7 }, { kind = false-accusation, rate = 1, stage = 2 }]
                defence.remedy = {{remedy}}
              }
              { name = truly, attack.forward = { kind = sign-flip, rate = 0.7 }, defence.remedy = skip }
            ]
            """);
        var (made, verdicts) = (Results.Experiment(_files).Runs[0], remedy == "off" ? 0 : 48);
        VerdictTally[] tallies = [new(0, 0, 0), new(0, 0, verdicts), new(3, 3, 0)];
        var page = Page(new ExperimentResult(
            settings, "run a.conf", DateTimeOffset.UnixEpoch,
            [.. settings.Runs.Select((run, i) => made with { Settings = run, Tally = tallies[i] })]));
        Assert.Contains(
            "No stage attacked. False accusations: of a middle stage, drawn each time, for its activations, at rate 0.7; "
            + $"of stage 2, for its activations, at rate 1. {sentence}",
            page, StringComparison.Ordinal);
        Assert.Contains("3 of 3 runs done; all 3 attacks on defended runs detected; no false verdicts"
            + (verdicts > 0 ? " except 48 from false-accusation; " : "; "), page, StringComparison.Ordinal);
        Assert.Contains("Blue: no attack, but false accusations.", page, StringComparison.Ordinal);
        Assert.Contains("Training loss, runs attacked or falsely accused forward", page, StringComparison.Ordinal);
        Assert.DoesNotContain("false accusation", Page(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8.41914, "8.419")]
    [InlineData(12345.6, "12,346")]
    [InlineData(1.5e60, "1.50e60")]
    [InlineData(double.NaN, "not finite")]
    public void A_measure_has_few_digits_at_any_size(double number, string shown) => Assert.Equal(shown, Measure.Of(number));

    [Fact]
    public void A_perplexity_of_fifty_digits_breaks_no_table_and_no_figure()
    {
        var whole = Results.Experiment(_files);
        var page = Page(whole with { Runs = [whole.Runs[0], whole.Runs[1] with { EvaluationLoss = 115 }] });
        Assert.DoesNotContain("00000000", page, StringComparison.Ordinal);
        Assert.Contains("8.79e49", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_outside_is_escaped() => Assert.Contains("gave up &lt;after&gt; 50 attempts", Page(), StringComparison.Ordinal);

    [Fact]
    public void Figures_are_well_formed_and_the_same_bytes_each_time()
    {
        Page();
        var first = Figures();
        Page();
        Assert.Equal(first, Figures());
        Assert.Equal(["heat-forward.svg", "loss-backward.svg", "loss-forward.svg", "loss-unattacked.svg", "perplexity.svg"], first.Select(f => f.Name));
        Assert.All(first, f => Assert.Equal("svg", XDocument.Parse(f.Text).Root!.Name.LocalName));
    }

    [Fact]
    public void An_experiment_with_only_failed_runs_still_has_a_report()
    {
        var whole = Results.Experiment(_files);
        var prepared = PreparedExperiment.Prepare(whole.Settings);
        using var folder = ExperimentFolder.Open(Out);
        ReportPage.Write(whole with { Runs = [whole.Runs[4]] }, prepared, folder);
        Assert.Contains("gives-up", File.ReadAllText(Path.Combine(Out, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_curve_is_smoothed_over_a_tenth_of_its_run()
    {
        var losses = Enumerable.Range(1, 40).Select(i => new LossPoint(i, i)).ToList();
        var smooth = CurveFigure.Smooth(losses);
        Assert.Equal(1, smooth[0].Value);
        Assert.Equal(38.5, smooth[^1].Value);
    }

    [Fact]
    public void Perplexity_measured_during_training_is_drawn_over_iterations()
    {
        var whole = Results.Experiment(_files);
        LossPoint[] measured = [new(2, 3), new(4, 2)];
        Page(whole with { Runs = [whole.Runs[0] with { Evaluations = measured }, whole.Runs[1] with { Evaluations = measured }] });
        Assert.Contains("perplexity-forward.svg", Figures().Select(f => f.Name));
        Page();
        Assert.DoesNotContain("perplexity-forward.svg", Figures().Select(f => f.Name));
    }

    [Fact]
    public void A_legend_of_many_runs_with_long_names_stays_within_its_figure()
    {
        var run = Results.Experiment(_files).Runs[1];
        var named = run with { Settings = run.Settings with { Name = new string('n', 64) } };
        var figure = CurveFigure.OfLosses("many", [.. Enumerable.Repeat(named, 40)], clean: null)!;
        var svg = XDocument.Parse(figure.ToString()).Root!;
        var bottom = double.Parse(svg.Attribute("viewBox")!.Value.Split(' ')[3], CultureInfo.InvariantCulture);
        var names = svg.Descendants().Where(e => e.Attribute("class")?.Value == "name").ToList();
        Assert.Equal(40, names.Count);
        Assert.All(names, n => Assert.InRange((double)n.Attribute("y")!, 0, bottom));
        Assert.All(names, n => Assert.InRange(n.Value.Length, 1, 28));
    }

    [Fact]
    public void Foreign_figures_in_the_folder_stay()
    {
        Directory.CreateDirectory(Out);
        var logo = Path.Combine(Out, "logo.svg");
        File.WriteAllText(logo, "mine");
        Page();
        Assert.Equal("mine", File.ReadAllText(logo));
    }

    [Theory]
    [InlineData(2.0, 9.0, false)]
    [InlineData(2.0, 90.0, true)]
    [InlineData(0.0, 90.0, false)]
    [InlineData(8.0, 1e60, true)]
    public void An_axis_is_logarithmic_for_widely_spread_values(double low, double high, bool logarithmic)
    {
        var scale = AxisScale.Of([low, high], 100, 500);
        Assert.Equal(logarithmic, scale.IsLogarithmic);
        Assert.InRange(scale.At(low), 100, scale.At(high));
        Assert.InRange(scale.At(high), scale.At(low), 500);
        Assert.InRange(scale.Ticks.Count, 2, 12);
        Assert.All(scale.Ticks, t => Assert.InRange(scale.At(t), 100, 500));
    }

    private string Out => Path.Combine(_files.Folder, "out");

    private string Page() => Page(Results.Experiment(_files));

    private string Page(ExperimentResult result)
    {
        using var folder = ExperimentFolder.Open(Out);
        ReportPage.Write(result, PreparedExperiment.Prepare(result.Settings), folder);
        return File.ReadAllText(Path.Combine(Out, "report.html"));
    }

    private List<(string Name, string Text)> Figures() =>
        [.. Directory.GetFiles(Out, "*.svg").Order(StringComparer.Ordinal).Select(f => (Path.GetFileName(f), File.ReadAllText(f)))];
}
