using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The setting <c>defence.detector</c>: one entry, by kind.</summary>
public sealed class DetectorSettingsSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_detector_is_read_with_its_options()
    {
        Assert.Equal(new CopyDetector(), _files.Read("").Runs[0].Defence.Detector);
        Assert.Equal(new CopyDetector { Tolerance = 0.1 }, _files.Read("defence.tolerance = 0.1").Runs[0].Defence.Detector);
        var run = _files.Read("defence { remedy = observe, detector = { kind = averages, warm-up = 7, k = 2.5 } }", "defence.detector.window=50").Runs[0];
        Assert.Equal(new AveragesDetector { WarmUp = 7, K = 2.5, Window = 50 }, run.Defence.Detector);
        Assert.Equal(CopyPlacement.None, run.Defence.Copies);
        Assert.Equal("averages (window 50, k 2.5, warm-up 7)", run.DetectorInWords);
        Assert.Equal("", run.PluggedIn);
    }

    [Theory]
    [InlineData("defence.detector.kind = [copies, gate]", "copies gate")]
    [InlineData("defence.detector { kind = averages, warm-up = [0, 9] }", "averages(warm-up0) averages(warm-up9)")]
    [InlineData("defence.detector = [{ kind = top-values, values = 64 }, { kind = gate }]", "top-values(values64) gate")]
    public void A_grid_takes_kinds_options_and_whole_detectors(string text, string detectors)
    {
        var runs = _files.Read($"defence.remedy = observe\ngrid {{ {text} }}").Runs;
        Assert.Equal(detectors.Split(' '), runs.Select(run => run.DetectorInWords.Replace(" ", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Runs_under_one_remedy_are_labelled_by_their_detectors()
    {
        var runs = _files.Read("defence.remedy = observe\nruns = [{ name = a }, { name = b, defence.detector { kind = gate, cosine = 0.5 } }]").Runs;
        var labels = RowLabels.Of(runs);
        Assert.Equal(("observe, detector copies", "observe, detector gate (cosine 0.5)"), (labels["a"], labels["b"]));
    }

    [Fact]
    public void A_printed_detector_reads_as_the_same_and_results_have_it_as_json()
    {
        var first = _files.Read("defence { remedy = restart, detector { kind = averages, false-alarms = 0.02 } }");
        var second = ExperimentSettings.Read(_files.Write(EffectiveText.Of(first), "b.conf"), [], null);
        Assert.Equal(first.Runs[0].Defence, second.Runs[0].Defence);
        var detector = SettingsJson.Of(first.Runs[0].Effective)["defence"]!["detector"]!;
        Assert.Equal("""{"kind":"averages","false-alarms":0.02}""", detector.ToJsonString());
    }

    [Fact]
    public void A_run_with_another_detector_is_another_run()
    {
        var (one, other) = (Outlined("observe", "copies"), Outlined("observe", "gate"));
        Assert.Equal("defence.detector.kind = copies, now gate", Assert.Single(RunIdentity.Differences(other, RunIdentity.Content(one))));
    }

    [Theory]
    [InlineData("defence.detector = averages", "a.conf:1: defence.detector: expected { kind = ... }, found averages")]
    [InlineData("defence.detector = [{ kind = gate }]", "a.conf:1: defence.detector: expected { kind = ... }, found a list")]
    [InlineData("defence.detector.kind = gates", "a.conf:1: defence.detector.kind: expected one of averages, copies, gate, top-values, found gates")]
    [InlineData("defence.detector { kind = gate\nwarm-up = 3 }", "a.conf:2: defence.detector.warm-up: expected a setting of gate (kind, ..), found 3")]
    [InlineData("defence.detector { kind = averages, warmup = 3 }", "a.conf:1: unknown setting defence.detector.warmup .. defence.detector.warm-up")]
    [InlineData("defence.detector { kind = averages, false-alarms = 1 }", "a.conf:1: defence.detector.false-alarms: expected .. above 0 and below 1, found 1")]
    [InlineData("defence.detector.warm-up = 3", "a.conf:1: defence.detector.warm-up: expected a setting of copies (kind), found 3")]
    [InlineData("defence { remedy = substitute\ndetector.kind = averages }", "a.conf:1: defence.remedy: expected one that needs no copies, since detector averages .., found substitute (run base)")]
    [InlineData("defence { remedy = skip, detector.kind = averages }", "a.conf:1: defence.remedy: expected one that needs no copies, .. averages .., found skip (run base)")]
    [InlineData("defence { remedy = observe, copies = none\ndetector.kind = top-values }", "a.conf:1: defence.copies: expected middle or ring, .., found none (run base)")]
    [InlineData("defence { remedy = referee\ndetector.kind = gate }", "a.conf:2: defence.detector.kind: expected copies or one that needs none, .. referee .., found gate (run base)")]
    [InlineData("defence { remedy = referee\ncopies = none }", "a.conf:2: defence.copies: expected ring, .. (or none, with defence.audit ..), found none (run base)")]
    [InlineData("defence { remedy = referee\ncopies = middle\naudit.share = 0.1 }", "a.conf:2: defence.copies: expected ring, .., found middle (run base)")]
    [InlineData(
        "defence { remedy = referee, copies = none, audit.share = 0.1 }\npipeline.stages = 1",
        "a.conf:2: pipeline.stages: expected at least 2, since defence has remedy referee, found 1 (run base)")]
    [InlineData(
        "defence { remedy = observe\ndetector.kind = averages }\nmodel.layers = 1000\npipeline.stages = 1000",
        "a.conf:2: defence.detector.kind: expected .. at most 2097 bytes .. (1000 stages), found averages with 3480 (.., hidden 64) (run base)")]
    public void A_detector_that_cannot_be_is_refused(string text, string message) => Refusal.Like(message, _files.Refused(text));

    [Theory]
    [InlineData("audit.share = 0.1", CopyPlacement.Ring)]
    [InlineData("detector.kind = averages", CopyPlacement.Ring)]
    [InlineData("copies = none, audit.share = 0.1", CopyPlacement.None)]
    [InlineData("copies = none, audit.steps = 0.1", CopyPlacement.None)]
    [InlineData("copies = none, detector.kind = averages", CopyPlacement.None)]
    public void A_referee_goes_without_copies_where_there_are_audits_or_findings(string text, CopyPlacement copies)
    {
        var defence = _files.Read($"defence {{ remedy = referee, {text} }}").Runs[0].Defence;
        Assert.Equal(copies, defence.Copies);
        Assert.Equal(defence.Detector is AveragesDetector, defence.Inspecting is not null);
    }

    [Fact]
    public void An_option_out_of_range_is_refused_in_a_plan_made_in_code()
    {
        var plan = RunParts.Plan(Outlined("observe", "averages"));
        var wrong = plan with { Defence = plan.Defence with { Detector = new AveragesDetector { Window = 3 } } };
        Assert.Equal(
            "defence.detector.window: expected a whole number from 4 to 900, found 3", Assert.Throws<BadInputException>(wrong.Validate).Message);
    }

    [Theory]
    [InlineData("off")]
    [InlineData("observe")]
    [InlineData("restart")]
    public void A_detector_without_copies_goes_with_any_remedy_that_needs_none(string remedy) => RunParts.Plan(Outlined(remedy, "averages")).Validate();

    [Theory]
    [InlineData("observe")]
    [InlineData("restart")]
    [InlineData("substitute")]
    [InlineData("skip")]
    [InlineData("skip-with-server")]
    public void A_detector_with_copies_goes_with_any_remedy_but_the_referee(string remedy)
    {
        RunParts.Plan(Outlined(remedy, "gate")).Validate();
        RunParts.Plan(Outlined(remedy, "top-values")).Validate();
    }

    private PreparedRun Outlined(string remedy, string kind) =>
        PreparedExperiment.Outline(_files.Read($"defence {{ remedy = {remedy}, detector.kind = {kind} }}")).Runs[0];
}
