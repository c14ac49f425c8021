using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Every node opens the same run from the same file and folder, and can check whether the others have the same.</summary>
public sealed class RunCatalogSpecs : IDisposable
{
    private const string Family =
        """
        training { iterations = 2, micro-batches = 2, sequence-length = 8 }
        runs = [{ name = pretrain }, { name = attacked, from = pretrain, attack.forward = { kind = sign-flip, rate = 1, stage = 1 } }]
        """;

    private readonly ExperimentFiles _files = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_run_launched_by_the_runner_opens_on_any_node_by_its_key()
    {
        var pipeline = new FakePipeline();
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "out"));
        var launched = new List<(RunKey Key, RunPlan Plan, string Weights, long Windows)>();
        Launch launch = (run, observer, interrupt) =>
        {
            launched.Add((run.Key, run.Plan, run.Weights.Identity, run.Data.Training.WindowsUsed(0)));
            return pipeline.LaunchAsync(run, observer, interrupt);
        };
        await new ExperimentRunner(launch, _clock, (path, _, _) => new FakeStore(path)).RunAsync(
            Prepared(), folder, "run a.conf", new SilentObserver(), CancellationToken.None);
        foreach (var (key, plan, weights, windows) in launched)
        {
            var node = new RunCatalog(Prepared(), ExperimentFolder.At(folder.Root), _clock, (path, _, _) => new FakeStore(path));
            using var open = node.Open(key);
            Assert.Equal(plan, open.Plan with { Model = plan.Model, StageMemory = plan.StageMemory });
            Assert.Equal(plan.StageMemory, open.Plan.StageMemory);
            Assert.Equal((weights, windows), (open.Weights.Identity, open.Data.Training.WindowsUsed(0)));
            Assert.StartsWith(Path.Combine(folder.Root, "checkpoints", key.Name + "-"), ((FakeStore)open.Ports.Store!).Folder, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_opened_run_has_its_own_attacker_from_the_run_s_settings()
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "out"));
        var catalog = new RunCatalog(Prepared(), folder, _clock);
        using var here = catalog.Open(new RunKey("attacked", 4));
        using var there = catalog.Open(new RunKey("attacked", 4));
        using var honest = tensor(new float[] { 1, -2 });
        using var sent = here.Ports.Behaviour.Send(new SendContext(0, 0, 0, 0, Direction.Forward, 1, Link.Neighbour), honest);
        Assert.Equal([-1f, 2], sent.data<float>());
        Assert.Equal("forward 0 0 1", here.Ports.Behaviour.Note(0, 0, 1));
        Assert.Equal("", there.Ports.Behaviour.Note(0, 0, 1));
    }

    [Fact]
    public void Weights_are_loaded_on_demand_and_missed_in_one_line()
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "out"));
        using var open = new RunCatalog(Prepared(), folder, _clock).Open(new RunKey("attacked", 4));
        var message = Assert.Throws<BadInputException>(() => open.Weights.Identity).Message;
        Assert.Contains(Path.Combine(folder.Root, "pretrain", "model"), message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void An_unknown_run_is_named()
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "out"));
        var message = Assert.Throws<BadInputException>(() => new RunCatalog(Prepared(), folder, _clock).Open(new RunKey("other", 0))).Message;
        Assert.Equal("expected a run of a, found other", message);
    }

    [Fact]
    public void The_digest_covers_settings_and_inputs_but_not_the_node()
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "out"));
        string Digest(params string[] sets) => new RunCatalog(Prepared(sets), folder, _clock).Digest;
        var digest = Digest();
        Assert.Equal(digest, Digest("cluster.port=1", "cluster.device=\"cuda:1\""));
        Assert.NotEqual(digest, Digest("pipeline.stages=6"));
        Assert.NotEqual(digest, Digest("seed=2"));
        var text = Path.Combine(_files.Folder, "text.txt");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("A text of some length. ", 40)));
        var one = Digest($"data.path=\"{text}\"");
        File.AppendAllText(text, "And more.");
        Assert.NotEqual(one, Digest($"data.path=\"{text}\""));
    }

    private PreparedExperiment Prepared(params string[] sets) => PreparedExperiment.Prepare(_files.Read(Family, sets));
}
