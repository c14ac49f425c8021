using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The output of `config` is itself an experiment file with the same settings.</summary>
public sealed class EffectiveTextSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(Results.Text)]
    [InlineData("defence.remedy = referee\nattack.liars = [{ kind = frame, stage = [1, last], act = step }, { kind = collude, until = 9 }]")]
    [InlineData("data.path = \"a \\\"b\\\" # c.txt\"\ntraining.learning-rate = 1e-3\npipeline.wait-report = 5 s")]
    public void Effective_text_reads_back_as_the_same_settings_and_runs(string text)
    {
        var first = _files.Read(text);
        var second = ExperimentSettings.Read(_files.Write(EffectiveText.Of(first), "b.conf"), [], null);
        Assert.Equal(Values(first), Values(second));
        Assert.Equal(first.Runs.Select(Typed), second.Runs.Select(Typed));
    }

    [Fact]
    public void Every_setting_is_printed_with_its_origin()
    {
        var text = EffectiveText.Of(_files.Read("training {\n  iterations = 5 }", "defence.remedy=skip"));
        Assert.Matches(@"training\.iterations = 5 +# a\.conf:2\n", text);
        Assert.Matches(@"defence\.remedy = skip +# --set\n", text);
        Assert.Matches(@"seed = 1 +# reference\.conf:[0-9]+\n", text);
    }

    [Fact]
    public void A_file_name_of_two_lines_breaks_no_comment()
    {
        var read = ExperimentSettings.Read(_files.Write("seed = 2", "a\nb = 3.conf"), [], null);
        Assert.Contains("# a\\u000ab = 3.conf:1\n", EffectiveText.Of(read), StringComparison.Ordinal);
    }

    private static object Typed(RunSettings run) => (run.Name, run.From, run.Training, run.Defence, run.Data);

    // Only the provenance differs: in the second reading everything is from b.conf.
    private static IEnumerable<string> Values(ExperimentSettings experiment) =>
        EffectiveText.Of(experiment).Split('\n').Select(line => line[..Math.Max(line.LastIndexOf(" # ", StringComparison.Ordinal), 0)].TrimEnd());
}
