using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A grid is a product of lists of values, as runs with names.</summary>
public sealed class GridSpecs : IDisposable
{
    private const string Paper =
        """
        training { iterations = 3, micro-batches = 2, sequence-length = 8 }
        runs = [{ name = pretrain }]
        grid = [
          { name = "clean", from = pretrain }
          {
            name = "fwd-{attack.forward.rate}-{defence.remedy}", from = "pretrain"
            attack.forward { kind = sign-flip, rate = [0.3, 0.7] }
            defence.remedy = [off, skip, substitute]
          }
        ]
        """;

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_grid_follows_the_runs_and_varies_its_first_list_slowest()
    {
        var runs = _files.Read(Paper).Runs;
        string[] names =
        [
            "pretrain", "clean", "fwd-0.3-off", "fwd-0.3-skip", "fwd-0.3-substitute", "fwd-0.7-off", "fwd-0.7-skip", "fwd-0.7-substitute",
        ];
        Assert.Equal(names, runs.Select(r => r.Name));
        Assert.Equal([null, .. Enumerable.Repeat("pretrain", 7)], runs.Select(r => r.From));
        Assert.Equal((0.7, "sign-flip", "skip"), (runs[6].Attack.Forward[0].Rate, runs[6].Attack.Forward[0].Kind, runs[6].Defence.Remedy));
    }

    [Theory]
    [InlineData("grid = { defence.remedy = [off, skip], training.iterations = [1, 2] }", "remedy-off_iterations-1 remedy-off_iterations-2 remedy-skip_iterations-1 remedy-skip_iterations-2")]
    [InlineData("grid = { training.warm-up = [0, 1], seed = 5, training.iterations = [7] }", "warm-up-0_iterations-7 warm-up-1_iterations-7")]
    [InlineData("grid = { training.warm-up = [0, 1]\nseed = [1, 2]\ntraining.iterations = [7] }", "warm-up-0_seed-1_iterations-7 warm-up-0_seed-2_iterations-7 warm-up-1_seed-1_iterations-7 warm-up-1_seed-2_iterations-7")]
    [InlineData("grid = { seed = 5 }", "grid")]
    [InlineData("grid = { attack.forward = [[], { kind = sign-flip, rate = 0.3 }] }", "forward-none forward-sign-flip-0.3")]
    [InlineData("grid = { attack.forward = [[{ kind = uniform, rate = 1 }, { kind = sign-flip, rate = 0.3 }]] }", "forward-uniform-1_sign-flip-0.3")]
    [InlineData("grid = { name = \"{seed}.{attack.forward.rate}\", seed = [1, 2] }", "1.none 2.none")]
    [InlineData("grid = []", "base")]
    public void Names_are_made_of_keys_and_values_unless_set(string text, string names)
    {
        var runs = _files.Read(text).Runs;
        Assert.Equal(names.Split(' '), runs.Select(r => r.Name));
        PreparedExperiment.Prepare(_files.Read(text));
    }

    [Fact]
    public void A_list_of_attacks_is_alternatives_and_a_list_in_it_a_combination()
    {
        var runs = _files.Read(
            "grid = { attack.backward = [{ kind = gaussian, rate = 0.1 },\n[{ kind = gaussian, rate = 0.2, stage = 1 }, "
            + "{ kind = gaussian, rate = 0.3 }], []] }").Runs;
        Assert.Equal([1, 2, 0], runs.Select(r => r.Attack.Backward.Count));
        Assert.Equal([0.2, 0.3], runs[1].Attack.Backward.Select(a => a.Rate));
    }

    [Fact]
    public void A_grid_printed_by_config_reads_as_the_same_runs()
    {
        var first = _files.Read(Paper);
        var second = ExperimentSettings.Read(_files.Write(EffectiveText.Of(first), "b.conf"), [], null);
        Assert.Equal(first.Runs.Select(Shown), second.Runs.Select(Shown));
        Assert.DoesNotContain("grid", EffectiveText.Of(first), StringComparison.Ordinal);
    }

    [Fact]
    public void The_set_option_ranks_below_a_grid_and_replaces_it_whole()
    {
        Assert.All(_files.Read(Paper, "seed=9").Runs, r => Assert.Equal(9UL, r.Seed));
        Assert.Equal(["pretrain"], _files.Read(Paper, "grid=[]").Runs.Select(r => r.Name));
        Assert.Equal(["pretrain", "b-1", "b-2"], _files.Read(Paper, "grid={ name = \"b-{seed}\", seed = [1, 2] }").Runs.Select(r => r.Name));
        Assert.Equal(["remedy-off", "remedy-observe"], _files.Read("", "grid={ defence.remedy = [off, observe] }").Runs.Select(r => r.Name));
    }

    [Theory]
    [InlineData("grid = {\n seed = [] }", "a.conf:2: grid: seed: expected .., found an empty list")]
    [InlineData("grid = { attack.forward = [] }", "a.conf:1: grid: attack.forward: expected .., found an empty list")]
    [InlineData("grid = {\n defence.remdy = [off] }", "a.conf:2: unknown setting defence.remdy .. defence.remedy")]
    [InlineData("grid = { attack.forward.rat = [1] }", "a.conf:1: unknown setting attack.forward.rat .. attack.forward.rate")]
    [InlineData("grid = {\n seed = [\n1\n-2] }", "a.conf:4: seed: expected .. 0 .. 18446744073709551615 .., found -2")]
    [InlineData("grid = { attack.forward = [\n{ kind = nonsense }] }", "a.conf:2: attack.forward.kind: expected ..")]
    [InlineData("grid = { attack.forward = [3] }", "a.conf:1: attack.forward: expected .., found 3")]
    [InlineData("grid = { training = [3] }", "a.conf:1: training: expected .., found a list")]
    [InlineData("grid = 3", "a.conf:1: grid: expected .., found 3")]
    [InlineData("grid = { runs = [] }", "a.conf:1: runs: expected .., found inside a grid")]
    [InlineData("grid = { name = [a] }", "a.conf:1: name: expected .., found a list")]
    [InlineData("grid = {\n name = \"{sede}\", seed = [1] }", "a.conf:2: unknown setting {sede} in {sede} .. seed")]
    [InlineData("grid = { name = same, seed = [1, 2] }", "a.conf:1: name: expected .., found same twice")]
    [InlineData("grid = { name = \"..{seed}\", seed = [1, 2] }", "a.conf:1: name: expected .. 64 .., found ..1")]
    [InlineData("grid = { name = \"a..{seed}\", seed = 1 }", "found a..1")]
    [InlineData("grid = { name = \"{seed}.\", seed = 1 }", "found 1.")]
    [InlineData("grid = { name = report.html }", "a.conf:1: name: expected .., found report.html")]
    [InlineData("grid = { from = \"no-{seed}\", seed = [1] }", "a.conf:1: from: expected .. 1 .., found no-1")]
    [InlineData("grid = { attack.forward.rate = [0.3] }", "a.conf:1: attack.forward.kind: expected ..")]
    public void A_mistake_in_a_grid_is_one_line(string text, string message)
    {
        var found = _files.Refused(text);
        Assert.DoesNotContain('\n', found);
        Refusal.Like(message, found);
    }

    [Fact]
    public void An_endless_grid_is_refused_before_it_is_expanded()
    {
        var list = $"[{string.Join(", ", Enumerable.Range(0, 200))}]";
        var text = $"grid = {{ seed = {list}, training.warm-up = {list}, evaluation.every = {list}, pipeline.stages = 4 }}";
        Assert.Equal("a.conf:1: grid: expected at most 10000 runs, found more", _files.Refused(text));
        static string Numbers(int count) => string.Join(", ", Enumerable.Range(1, count));
        var two = $"grid = [{{ seed = {list}, evaluation.every = [{Numbers(40)}] }}, {{ seed = {list}, training.warm-up = [{Numbers(20)}] }}]";
        Assert.Contains("10000 runs in all", _files.Refused(two), StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_of_a_grid_cannot_be_set() =>
        Assert.StartsWith("--set: expected the grid as a whole", _files.Refused(Paper, "grid.seed=[1]"), StringComparison.Ordinal);

    private static object Shown(RunSettings run) => (run.Name, run.From, run.Seed, run.Training, run.Defence,
        string.Join(',', run.Attack.Forward.Concat(run.Attack.Backward)));
}
