using PipelineRobustness.Cli;
using PipelineRobustness.Experiments;
using PipelineRobustness.Pipeline;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cli;

/// <summary>Without a terminal: few lines, each of use.</summary>
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
    public void A_run_of_a_moment_is_two_lines()
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
    public void A_run_of_seconds_speaks_every_five_of_them()
    {
        Work(TimeSpan.FromMilliseconds(100));
        Assert.Equal(["a: iteration 50 of 100, loss 2.500, 80 tokens/s, 0 verdicts, 0:15 left"], Lines()[1..^1]);
    }

    [Fact]
    public void A_long_wait_is_told_by_the_users_own_clock()
    {
        var run = Experiment().Runs[0];
        var progress = new LineProgress(PreparedExperiment.Prepare(Experiment()), _writer, _clock);
        progress.Happened(run, new WaitReported("stage 2", "the activation of micro-batch 3 from stage 1", DateTimeOffset.UnixEpoch));
        Assert.Equal(["a: stage 2 has waited since 19:00:00 for the activation of micro-batch 3 from stage 1"], Lines());
    }

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
