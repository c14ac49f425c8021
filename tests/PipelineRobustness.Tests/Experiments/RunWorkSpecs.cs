using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The cost of a run, compared with arithmetic by hand.</summary>
public sealed class RunWorkSpecs : IDisposable
{
    private const string Text =
        "pipeline.stages = 4\ntraining { iterations = 10, micro-batches = 4, micro-batch-size = 2, sequence-length = 8 }\nevaluation.windows = 6";

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("off", 0.7, 1)]
    [InlineData("substitute", 0.7, 1)]
    [InlineData("skip", 0.7, 1.7)]
    [InlineData("skip-with-server", 0.3, 1.3)]
    [InlineData("restart", 0.5, 2)]
    [InlineData("restart", 1, 50)]
    public void An_iteration_s_expected_work_follows_from_the_remedy(string remedy, double rate, double attempts)
    {
        var set = FormattableString.Invariant($"attack.forward={{ kind = sign-flip, rate = {rate} }}");
        Assert.Equal(attempts, RunWork.ExpectedPasses(Prepared(set, $"defence.remedy={remedy}").Settings), 12);
    }

    [Fact]
    public void Two_attackers_are_both_absent_with_the_product_of_their_chances()
    {
        var run = Prepared("attack.forward={ kind = sign-flip, rate = 0.5 }", "attack.backward={ kind = gaussian, rate = 0.5 }", "defence.remedy=restart");
        Assert.Equal(4, RunWork.ExpectedPasses(run.Settings), 12);
    }

    [Fact]
    public void A_training_token_costs_three_forward_passes_and_an_evaluated_one_costs_one()
    {
        var run = Prepared();
        var forward = Cut.ForwardFlopsPerToken(run.Model, BlockRange.Whole(run.Model), 8);
        var work = RunWork.Of(run, cores: 1);
        Assert.Equal(10 * 4 * 2 * 8 * 3 * forward, work.Training, 1);
        Assert.Equal(6 * 8 * forward, work.Evaluation, 1);
        Assert.Equal(3 * work.Evaluation, RunWork.Of(Prepared("evaluation.every=4"), cores: 1).Evaluation, 1);
    }

    [Fact]
    public void Cores_help_up_to_the_schedule_s_utilisation()
    {
        var alone = RunWork.Of(Prepared(), cores: 1).Training;
        Assert.Equal(alone / 2, RunWork.Of(Prepared(), cores: 2).Training, 1);
        Assert.Equal(alone / (4 * 4 / 7.0), RunWork.Of(Prepared(), cores: 64).Training, 1);
        Assert.Equal(alone, RunWork.Of(Prepared("pipeline.intra-op-threads=2"), cores: 2).Training, 1);
    }

    [Fact]
    public void Ring_copies_double_the_work()
    {
        var alone = RunWork.Of(Prepared(), cores: 1).Training;
        Assert.Equal(2 * alone, RunWork.Of(Prepared("defence.copies=ring", "defence.remedy=observe"), cores: 1).Training, 1);
        Assert.InRange(RunWork.Of(Prepared("defence.remedy=observe"), cores: 1).Training / alone, 1.2, 1.8);
    }

    [Fact]
    public void The_pace_is_measured_for_a_small_model_and_not_guessed_for_a_large_one()
    {
        var clock = new ManualClock();
        Assert.NotNull(Pace.Measured(Prepared(), TimeProvider.System));
        Assert.Null(Pace.Expected([Prepared("model.preset=gpt2-xl")], clock, cores: 2));
        Assert.Equal(TimeSpan.Zero, Pace.Expected([], clock, cores: 2));
        Assert.True(Pace.Expected([Prepared()], TimeProvider.System, cores: 2) > TimeSpan.Zero);
    }

    private PreparedRun Prepared(params string[] sets) => PreparedExperiment.Prepare(_files.Read(Text, sets)).Runs[0];
}
