using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Pipeline;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The remedy of docs/extending/remedy.md.</summary>
public sealed class ExtendingRemedySpecs : IDisposable
{
    private static readonly Rig Clean = new() { Layers = 4, Stages = 4, MicroBatches = 2, Iterations = 3 };

    private static readonly Rig Defended = Clean with { Remedy = "restart-if-large", Copies = CopyPlacement.Middle };

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_page_s_lines_choose_the_example_in_an_experiment()
    {
        var defence = _files.Read(Page.Hocon("remedy.md")).Runs[0].Defence;
        Assert.Equal((typeof(RestartIfLarge), CopyPlacement.Middle), (defence.Rule.GetType(), defence.Copies));
    }

    [Fact]
    public void The_example_repeats_an_iteration_with_a_large_difference()
    {
        var run = (Defended with { Behaviour = Faults.At(1, 2).Attempt(0).Forward.Over(Link.Neighbour, Link.Jump).Send(value => value * 3) }).Run();
        Assert.Equal([1, 2, 1], run.Committed.Select(commit => commit.Attempts));
        Assert.Equal(Clean.PlainLoop().Hash, run.Hash);
    }

    [Fact]
    public void The_example_commits_an_iteration_with_a_small_difference()
    {
        var run = (Defended with { Behaviour = Faults.At(1, 2).Attempt(0).Forward.Over(Link.Neighbour, Link.Jump).Send(value => value * 1.001f) }).Run();
        Assert.Equal([1, 1, 1], run.Committed.Select(commit => commit.Attempts));
        Assert.All(run.Verdicts, verdict => Assert.Equal(2, verdict.Suspect));
        Assert.NotEmpty(run.Verdicts);
        Assert.NotEqual(Clean.PlainLoop().Hash, run.Hash);
    }

    [Fact]
    public void The_example_is_described_by_its_own_file() =>
        Assert.Equal("2 attempts with a large difference had to be repeated.", new RestartIfLarge().Summary(new RemedyTally(10, 12, 0, 0, 0)));
}
