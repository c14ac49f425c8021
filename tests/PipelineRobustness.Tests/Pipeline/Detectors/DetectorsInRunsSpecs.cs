using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Pipeline.Detectors;

/// <summary>The built-in detectors in small runs.</summary>
public sealed class DetectorsInRunsSpecs
{
    private static readonly Rig Watched = new()
    {
        Layers = 4,
        Stages = 4,
        MicroBatches = 4,
        Iterations = 8,
        Remedy = "observe",
        Copies = CopyPlacement.None,
        Detector = new AveragesDetector { WarmUp = 16 },
    };

    [Fact]
    public void Averages_accuse_a_stage_without_copies_and_the_weights_are_those_of_off()
    {
        var lying = Faults.At(6, 1).Forward.Send(value => value * -20);
        var run = (Watched with { Behaviour = lying }).Run();
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Contains(run.Verdicts, verdict => (verdict.Iteration, verdict.Direction, verdict.Suspect, verdict.NoticedBy) == (6, Direction.Forward, 1, 2));
        Assert.Equal((Watched with { Remedy = "off", Detector = null, Behaviour = lying }).Run().Hash, run.Hash);
    }

    [Fact]
    public void An_attempt_thrown_away_leaves_neither_state_nor_trace_in_the_weights()
    {
        var rig = Watched with { Remedy = "restart", Detector = new AveragesDetector { WarmUp = 16, K = 20 } };
        var attacked = rig with { Behaviour = Faults.At(6, 1).Attempt(0).Forward.Send(value => value * -20) };
        var (ended, states) = Simulate(attacked);
        Assert.Contains(ended.Committed, commit => commit is { Iteration: 6, Attempts: 2 });
        Assert.Equal(rig.PlainLoop().Hash, ended.Hash);
        Assert.Equal(Simulate(rig).States, states);
    }

    [Fact]
    public void A_resumed_run_continues_with_the_state_of_its_checkpoint()
    {
        using var files = new ExperimentFiles();
        SimulatedWorld? world = null;
        var rig = Watched with { CheckpointEvery = 4 };
        var end = Faults.At(6, 1).Once.Do(() => world!.Abandon());
        var first = new RunPorts { Behaviour = end, Store = new CheckpointStore(files.Folder, keep: 2) };
        SimulatedRun.Run(1, rig.Spec(first), new EventLog(), rig.Stages, rig.Stages, (_, w) => world = w)?.Dispose();
        var (_, resumed) = Simulate(rig, new CheckpointStore(files.Folder, keep: 2));
        Assert.Equal([5, 6, 7, 8], resumed.Keys);
        Assert.Equal(Simulate(rig).States.Where(state => state.Key > 4), resumed);
        Assert.All(resumed.Values, states => Assert.DoesNotContain("//", states, StringComparison.Ordinal));
    }

    [Fact]
    public void A_false_accusation_under_restart_repeats_until_the_attempts_are_used_up()
    {
        var run = (Watched with { Remedy = "restart", AttemptsMax = 3, Detector = new AveragesDetector { WarmUp = 8, K = 1e-9 } }).Run();
        Assert.Equal(RunStatus.Failed, run.Status);
        var abandoned = Assert.Single(run.Events.OfType<IterationAbandoned>());
        Assert.Equal(3, abandoned.Attempts);
        var attempts = abandoned.Verdicts.GroupBy(verdict => verdict.Attempt, verdict => (verdict.Suspect, verdict.MicroBatch)).ToList();
        Assert.Equal(3, attempts.Count);
        Assert.All(attempts, attempt => Assert.Equal(attempts[0], attempt));
    }

    [Theory]
    [InlineData("gate")]
    [InlineData("top-values")]
    public void A_detector_with_a_tolerance_lets_small_changes_pass_and_finds_large_ones(string kind)
    {
        var detector = (IDetector)Activator.CreateInstance(DetectorCatalog.Types[kind])!;
        var rig = Watched with { Copies = CopyPlacement.Middle, Detector = detector, Iterations = 2 };
        Assert.Empty(rig.Run().Verdicts);
        Assert.Empty((rig with { Behaviour = Faults.At(1, 1).Forward.Send(value => value * 1.01f) }).Run().Verdicts);
        var found = (rig with { Behaviour = Faults.At(1, 1).Forward.Send(value => value * 3) }).Run().Verdicts;
        Assert.Equal(rig.MicroBatches, found.Count(verdict => (verdict.Suspect, verdict.Direction) == (1, Direction.Forward)));
    }

    [Fact]
    public void A_gradient_that_a_gate_lets_pass_is_a_disagreement_of_sums()
    {
        var louder = Faults.At(1, 2).Attempt(0).Backward.Over(Link.Neighbour).Send(value => value * 1.01f);
        var rig = Watched with { Remedy = "restart", Copies = CopyPlacement.Middle, Detector = new GateDetector(), Iterations = 2, Behaviour = louder };
        var run = rig.Run();
        Assert.Empty(run.Verdicts);
        Assert.Equal([(1, 0), (2, 1)], run.Committed.Select(commit => (commit.Attempts, commit.Disagreements)));
        Assert.Equal(rig.PlainLoop().Hash, run.Hash);
    }

    private static (Ended Run, SortedDictionary<long, string> States) Simulate(Rig rig, IStore? store = null)
    {
        var (commits, log) = (new CommittedStates(), new EventLog());
        var ports = new RunPorts { Behaviour = rig.Behaviour ?? HonestBehaviour.Instance, Transport = commits, Store = store };
        var outcome = SimulatedRun.Run(1, rig.Spec(ports), log, rig.Stages, rig.Stages, script: null);
        Assert.Equal((RunStatus.Done, null), (outcome?.Status, outcome?.Reason));
        return (Ended.Of(outcome!, log, null), new(commits.States));
    }
}
