using PipelineRobustness.Cli.Progress;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Tests.Experiments;
using Spectre.Console;

namespace PipelineRobustness.Tests.Cli;

/// <summary>Without a terminal there are few lines, each of them useful.</summary>
public sealed class LineProgressSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();
    private readonly ManualClock _clock = new();
    private readonly StringWriter _writer = new() { NewLine = "\n" };

    public void Dispose()
    {
        _files.Dispose();
        _writer.Dispose();
    }

    [Fact]
    public void A_very_short_run_is_two_lines()
    {
        Work(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["a: 100 iterations", "a: failed: why"], Lines());
    }

    [Fact]
    public void A_slow_run_is_a_line_for_each_tenth()
    {
        Work(TimeSpan.FromSeconds(10));
        Assert.Equal(2 + 9, Lines().Length);
        Assert.Equal("a: iteration 10 of 100, loss 2.500, 1 tokens/s, 0 verdicts, 31:46 left", Lines()[1]);
    }

    [Fact]
    public void A_run_of_seconds_prints_a_line_every_five_seconds()
    {
        Work(TimeSpan.FromMilliseconds(100));
        Assert.Equal(["a: iteration 50 of 100, loss 2.500, 80 tokens/s, 0 verdicts, 0:15 left"], Lines()[1..^1]);
    }

    [Fact]
    public void A_long_wait_is_reported_in_the_user_s_time_zone()
    {
        var run = Experiment().Runs[0];
        var progress = new LineProgress(PreparedExperiment.Prepare(Experiment()), _writer, _clock);
        progress.Happened(run, new WaitReported("stage 2", "the activation of micro-batch 3 from stage 1", DateTimeOffset.UnixEpoch));
        Assert.Equal(["a: stage 2 has waited since 19:00:00 for the activation of micro-batch 3 from stage 1"], Lines());
    }

    [Fact]
    public void A_state_that_is_not_finite_is_reported_in_one_line()
    {
        var run = Experiment().Runs[0];
        var progress = new LineProgress(PreparedExperiment.Prepare(Experiment()), _writer, _clock);
        var found = new NumberNotFinite(1, 0, NotFinitePart.State, "weight a");
        progress.Happened(run, found);
        progress.Happened(run, new RecoveryBegan(1, found.Text) { GoesBack = true });
        Assert.Equal(
            ["a: iteration 1: after the step weight a is not finite (stage 0)", "a: goes back to the last finite version, after iteration 1"], Lines());
    }

    [Fact]
    public void A_node_that_is_left_out_is_reported_with_both_fingerprints()
    {
        var run = Experiment().Runs[0];
        var progress = new LineProgress(PreparedExperiment.Prepare(Experiment()), _writer, _clock);
        progress.Happened(run, new NodeLeftOut(new NodeId("node-2", 8), 0xab, 7));
        progress.Happened(run, new NodeLeftOut(new NodeId("node-3", 9), null, 7));
        Assert.Equal(
            [
                "a: node-2 gets no stage: expected a processor with the fingerprint 00000000000000000000000000000007, "
                + "found 000000000000000000000000000000ab; its honest work would look like lies (defence.tolerance above 0 allows for it)",
                "a: node-3 gets no stage: expected a processor with the fingerprint 00000000000000000000000000000007, "
                + "found none; its honest work would look like lies (defence.tolerance above 0 allows for it)",
            ],
            Lines());
    }

    [Fact]
    public void Failures_and_recoveries_are_a_line_each_and_checkpoints_only_if_they_fail()
    {
        var run = Experiment().Runs[0];
        var progress = new LineProgress(PreparedExperiment.Prepare(Experiment()), _writer, _clock);
        foreach (var occurrence in Errors) progress.Happened(run, occurrence);
        Assert.Equal(
            [
                "a: node-2 was lost: connection refused; recovering after iteration 7",
                "a: resumes after iteration 7, recovered in 1.3 s: block 1 from stage 2",
                "a: checkpoints: no space left on device",
            ],
            Lines());
    }

    [Fact]
    public async Task The_last_failure_is_shown_below_the_table_on_a_terminal()
    {
        var experiment = PreparedExperiment.Prepare(Experiment());
        var run = experiment.Runs[0].Settings;
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_writer), Ansi = AnsiSupport.No, Interactive = InteractionSupport.No });
        console.Profile.Width = 160;
        await LiveProgress.ShowAsync(experiment, console, _clock, observer =>
        {
            observer.Began(run);
            observer.Resumes(run, 40, 3, TimeSpan.FromSeconds(80));
            foreach (var occurrence in Errors) observer.Happened(run, occurrence);
            observer.Happened(run, FakePipeline.Committed(40, 2.5, TimeSpan.FromSeconds(82)));
            return Task.FromResult(new ExperimentResult(experiment.Settings, "", DateTimeOffset.UnixEpoch, []));
        });
        Assert.Contains("a: checkpoints: no space left on device; ", _writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("40/100", _writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_resumed_run_says_where_it_resumes_and_counts_from_there()
    {
        var run = Experiment().Runs[0];
        var progress = new LineProgress(PreparedExperiment.Prepare(Experiment()), _writer, _clock);
        progress.Began(run);
        progress.Resumes(run, 40, 3, TimeSpan.FromSeconds(80));
        _clock.Advance(TimeSpan.FromSeconds(20));
        progress.Happened(run, FakePipeline.Committed(49, 2.5, TimeSpan.FromSeconds(100)));
        Assert.Equal(["a: 100 iterations", "a: begun earlier, 40 iterations recorded"], Lines()[..2]);
        Assert.StartsWith("a: iteration 50 of 100, loss 2.500, 4 tokens/s, 3 verdicts, ", Lines()[2], StringComparison.Ordinal);
    }

    private static RunEvent[] Errors =>
    [
        new RecoveryBegan(7, "node-2 was lost: connection refused"),
        new RecoveryEnded(7, "block 1 from stage 2", [], TimeSpan.FromSeconds(1.25)),
        new CheckpointWritten(7, null),
        new CheckpointWritten(8, "no space left on device"),
    ];

    private ExperimentSettings Experiment() => _files.Read(
        "evaluation.windows = 1\ntraining { iterations = 100, micro-batches = 1, sequence-length = 8 }\nruns = [{ name = a }, { name = b }]");

    private void Work(TimeSpan perIteration)
    {
        var experiment = Experiment();
        var run = experiment.Runs[0];
        var progress = new LineProgress(PreparedExperiment.Prepare(experiment), _writer, _clock);
        progress.Began(run);
        for (var i = 0; i < 100; i++)
        {
            _clock.Advance(perIteration);
            progress.Happened(run, FakePipeline.Committed(i, 2.5, perIteration * (i + 1)));
        }

        progress.Ended(RunResult.NotBegun(run, RunStatus.Failed, "why"));
    }

    private string[] Lines() => _writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
