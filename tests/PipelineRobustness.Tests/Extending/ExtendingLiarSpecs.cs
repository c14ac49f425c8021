using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Pipeline;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The liar of docs/extending/liar.md.</summary>
public sealed class ExtendingLiarSpecs : IDisposable
{
    private static readonly Rig Clean = new() { Layers = 4, Stages = 4, MicroBatches = 2, Iterations = 2, Remedy = "referee" };

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_page_s_lines_choose_the_example_in_an_experiment_and_it_is_convicted()
    {
        var liar = Assert.Single(_files.Read(Page.Hocon("liar.md")).Runs[0].Attack.Liars);
        Assert.Equal(new BetterLoss { Stage = ["last"], Part = 0.1 }, liar);
        var run = (Clean with { Liars = [liar] }).Run();
        Assert.Equal((RunStatus.Done, Clean.PlainLoop().Hash), (run.Status, run.Hash));
        Assert.Equal(3, Assert.Single(run.Events.OfType<RulingMade>()).Ruling.Convicted?.Stage);
    }

    [Fact]
    public void A_covered_example_changes_the_recorded_loss()
    {
        var liar = new BetterLoss { Stage = ["last"], Part = 0.1, With = Cover.Next };
        var losses = (Clean with { Liars = [liar] }).Run().Committed.Select(commit => commit.Loss);
        Assert.Equal(Clean.Run().Committed.Select(commit => commit.Loss * 0.1), losses, (one, other) => Math.Abs(one - other) < 1e-9);
    }
}
