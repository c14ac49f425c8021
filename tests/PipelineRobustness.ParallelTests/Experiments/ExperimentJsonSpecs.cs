using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The names in experiment.json that scripts rely on, and their values where there is no number.</summary>
public sealed class ExperimentJsonSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Names_that_scripts_rely_on_are_present()
    {
        var json = ExperimentJson.Of(Results.Experiment(_files));
        Assert.Subset(json.Select(p => p.Key).ToHashSet(), new HashSet<string> { "seed", "settings", "versions", "intraOpThreads", "runs" });
        HashSet<string> names =
        [
            "name", "status", "reason", "perplexity", "perplexityRatio", "diverged", "attacks", "detected", "falseVerdicts", "attempts",
            "repeats", "disagreements", "recoveries", "tokensPerSecond", "weightsSha256", "stateSha256", "peakMemoryBytes", "plannedMemoryBytes",
        ];
        Assert.All(json["runs"]!.AsArray(), r => Assert.Subset(r!.AsObject().Select(p => p.Key).ToHashSet(), names));
    }

    [Fact]
    public void Statuses_are_lower_case_words()
    {
        var json = ExperimentJson.Of(Results.Experiment(_files));
        Assert.Equal(["done", "done", "done", "done", "failed", "interrupted"], json["runs"]!.AsArray().Select(r => (string)r!["status"]!));
    }

    [Fact]
    public void The_ratio_is_over_the_run_named_clean()
    {
        var runs = ExperimentJson.Of(Results.Experiment(_files))["runs"]!.AsArray();
        Assert.Equal(1, (double)runs[0]!["perplexityRatio"]!, 12);
        Assert.Equal(Math.E, (double)runs[1]!["perplexityRatio"]!, 12);
        Assert.Null(runs[4]!["perplexityRatio"]);
    }

    [Fact]
    public void A_ratio_needs_a_clean_run()
    {
        var whole = Results.Experiment(_files);
        var json = ExperimentJson.Of(whole with { Runs = [.. whole.Runs.Skip(1)] });
        Assert.All(json["runs"]!.AsArray(), r => Assert.Null(r!["perplexityRatio"]));
    }

    [Fact]
    public void A_run_must_be_done_to_equal_the_clean_one()
    {
        var whole = Results.Experiment(_files);
        var failed = whole.Runs[2] with { Status = RunStatus.Failed };
        var runs = ExperimentJson.Of(whole with { Runs = [.. whole.Runs.Take(3), failed] })["runs"]!.AsArray();
        Assert.Equal(["null", "false", "true", "null"], runs.Select(r => r!["equalsClean"]?.ToJsonString() ?? "null"));
    }

    [Fact]
    public void Detected_is_null_under_off_only()
    {
        var runs = ExperimentJson.Of(Results.Experiment(_files))["runs"]!.AsArray();
        Assert.Null(runs[1]!["detected"]);
        Assert.Equal(3L, (long)runs[2]!["detected"]!);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e5)]
    public void A_value_that_is_not_finite_is_null_and_diverged(double loss)
    {
        var whole = Results.Experiment(_files);
        var json = ExperimentJson.Of(whole with { Runs = [whole.Runs[0], whole.Runs[1] with { EvaluationLoss = loss }] })["runs"]![1]!;
        Assert.Null(json["perplexity"]);
        Assert.Null(json["perplexityRatio"]);
        Assert.True((bool)json["diverged"]!);
        Assert.False((bool)ExperimentJson.Of(whole)["runs"]![0]!["diverged"]!);
    }

    [Fact]
    public void Settings_are_included_with_numbers_as_numbers()
    {
        var run = ExperimentJson.Of(Results.Experiment(_files))["runs"]![1]!["settings"]!;
        Assert.Equal(System.Text.Json.JsonValueKind.Number, run["training"]!["learning-rate"]!.GetValueKind());
        Assert.Equal(0.7, (double)run["attack"]!["forward"]!["rate"]!);
        Assert.Equal("substitute", (string)ExperimentJson.Of(Results.Experiment(_files))["runs"]![2]!["settings"]!["defence"]!["remedy"]!);
    }

    [Fact]
    public void The_text_is_json_for_any_reason_text()
    {
        var whole = Results.Experiment(_files);
        var odd = whole with { Runs = [whole.Runs[0] with { Status = RunStatus.Failed, Reason = "a \"quote\", a \\ and <é>\n" }] };
        Assert.Equal("a \"quote\", a \\ and <é>\n", (string)JsonNode.Parse(ExperimentJson.Text(odd))!["runs"]![0]!["reason"]!);
    }
}
