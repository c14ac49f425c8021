using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The experiments that come with the project: the paper's grid in full and in small.</summary>
public sealed class ExperimentFilesSpecs
{
    private static readonly string[] Remedies = ["off", "restart", "skip", "skip-with-server", "substitute"];

    public static TheoryData<string> Full { get; } = ["gpt2", "opt", "bloom"];

    [Theory, MemberData(nameof(Full))]
    public void The_paper_s_grid_is_complete_and_each_run_has_its_clean_counterpart(string model)
    {
        var full = Read(model).Runs;
        Assert.Equal(3 * 29, full.Count);
        Assert.Equal(3, full.Select(run => run.Data.Corpus).Distinct().Count());
        Assert.All(full.GroupBy(run => run.Data), WholeGrid);
        Assert.All(full, run => Assert.Equal((6, 4, 1024), (run.Pipeline.Stages, run.Training.MicroBatches, run.Training.SequenceLength)));
    }

    [Theory]
    [InlineData("gpt2", 3)]
    [InlineData("opt", 1)]
    [InlineData("bloom", 1)]
    public void The_grid_s_small_twin_has_the_same_runs_after_a_pre_training(string model, int corpora)
    {
        var small = Read($"{model}-small").Runs;
        Assert.Equal(corpora * 30, small.Count);
        Assert.All(small.GroupBy(run => run.Data), runs =>
        {
            var pretrain = Assert.Single(runs, run => run.From is null);
            Assert.All(runs.Where(run => run != pretrain), run => Assert.Equal(pretrain.Name, run.From));
            WholeGrid(runs.Where(run => run != pretrain));
        });
    }

    private static void WholeGrid(IEnumerable<RunSettings> corpus)
    {
        var runs = corpus.ToList();
        Assert.Single(runs, run => run.Attack.Forward.Count + run.Attack.Backward.Count == 0);
        foreach (var rate in (double[])[0.3, 0.7])
        {
            foreach (var (kind, remedies) in new[] { ("sign-flip", Remedies), ("gaussian", Remedies), ("false-accusation", Remedies[2..4]) })
            {
                var directions = kind == "false-accusation" ? 2 : 1;
                var found = runs.Where(run => run.Attack.Forward.Concat(run.Attack.Backward).Any(plan => plan.Kind == kind && plan.Rate == rate));
                Assert.Equal(remedies.SelectMany(remedy => Enumerable.Repeat(remedy, directions)), found.Select(run => run.Defence.Remedy).Order());
            }
        }
    }

    private static ExperimentSettings Read(string name) =>
        ExperimentSettings.Read(Path.Combine(Repository.Root, "hocon", "experiments", $"{name}.conf"), [], null);
}
