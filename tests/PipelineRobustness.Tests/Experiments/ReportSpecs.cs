using System.Xml.Linq;
using PipelineRobustness.Experiments;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The report is one file that says what was run, what came of it and what the words mean.</summary>
public sealed class ReportSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void It_fetches_nothing_and_runs_nothing()
    {
        var page = Page();
        foreach (var forbidden in new[] { "<script", "src=", "href=", "@import", "url(", "<link", "<iframe" })
            Assert.DoesNotContain(forbidden, page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void It_is_for_light_dark_and_paper()
    {
        var page = Page();
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
        Assert.Contains("@media print", page, StringComparison.Ordinal);
    }

    [Fact]
    public void It_tells_every_run_the_command_and_what_the_paper_does_not_do()
    {
        var page = Page();
        Assert.All(Results.Experiment(_files).Runs, r => Assert.Contains($"<h3>{r.Settings.Name}</h3>", page, StringComparison.Ordinal));
        Assert.Contains("-- run a.conf --seed 7", page, StringComparison.Ordinal);
        Assert.Contains("is our extension", page, StringComparison.Ordinal);
        Assert.Contains("2 of them were detected, 1 were not.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_weights_carry_the_same_mark()
    {
        var page = Page();
        Assert.Equal(2, page.Split("<span class=\"mark\">= clean</span>").Length - 1);
        Assert.Contains("Its weights are the clean run&#39;s, bit for bit.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_comes_from_outside_is_escaped() => Assert.Contains("gave up &lt;after&gt; 50 tries", Page(), StringComparison.Ordinal);

    [Fact]
    public void Figures_are_well_formed_and_the_same_bytes_each_time()
    {
        Page();
        var first = Figures();
        Page();
        Assert.Equal(first, Figures());
        Assert.Equal(["loss-backward.svg", "loss-forward.svg", "loss-unattacked.svg", "perplexity.svg"], first.Select(f => f.Name));
        Assert.All(first, f => Assert.Equal("svg", XDocument.Parse(f.Text).Root!.Name.LocalName));
    }

    [Fact]
    public void An_experiment_whose_runs_all_failed_still_has_a_report()
    {
        var whole = Results.Experiment(_files);
        var prepared = PreparedExperiment.Prepare(whole.Settings);
        ReportPage.Write(whole with { Runs = [whole.Runs[4]] }, prepared, ExperimentFolder.Open(Out));
        Assert.Contains("gives-up", File.ReadAllText(Path.Combine(Out, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_curve_is_smoothed_over_a_tenth_of_its_run()
    {
        var losses = Enumerable.Range(1, 40).Select(i => new LossPoint(i, i)).ToList();
        var smooth = LossFigure.Smooth(losses);
        Assert.Equal(1, smooth[0].Loss);
        Assert.Equal(38.5, smooth[^1].Loss);
    }

    [Theory]
    [InlineData(2.0, 9.0, false)]
    [InlineData(2.0, 90.0, true)]
    [InlineData(0.0, 90.0, false)]
    public void An_axis_is_logarithmic_where_values_lie_wide_apart(double low, double high, bool logarithmic)
    {
        var scale = Scale.Of([low, high], 100, 500);
        Assert.Equal(logarithmic, scale.IsLogarithmic);
        Assert.InRange(scale.At(low), 100, scale.At(high));
        Assert.InRange(scale.At(high), scale.At(low), 500);
        Assert.InRange(scale.Ticks.Count, 2, 12);
        Assert.All(scale.Ticks, t => Assert.InRange(scale.At(t), 100, 500));
    }

    private string Out => Path.Combine(_files.Folder, "out");

    private string Page()
    {
        var result = Results.Experiment(_files);
        ReportPage.Write(result, PreparedExperiment.Prepare(result.Settings), ExperimentFolder.Open(Out));
        return File.ReadAllText(Path.Combine(Out, "report.html"));
    }

    private List<(string Name, string Text)> Figures() =>
        [.. Directory.GetFiles(Out, "*.svg").Order(StringComparer.Ordinal).Select(f => (Path.GetFileName(f), File.ReadAllText(f)))];
}
