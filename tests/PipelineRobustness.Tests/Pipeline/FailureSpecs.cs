using PipelineRobustness.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Every failure ends in one clear line, never in a hang.</summary>
public sealed class FailureSpecs
{
    [Theory]
    [InlineData(0, Direction.Forward)]
    [InlineData(2, Direction.Backward)]
    [InlineData(3, Direction.Forward)]
    public void A_stage_that_throws_ends_the_run_with_one_clear_error(int stage, Direction direction)
    {
        var rig = new Rig { Behaviour = Faults.At(1, stage).Going(direction).MicroBatch(2).Throw("the board is on fire\nand more lines") };
        foreach (var run in new[] { rig.Run(), rig.Simulate(7) })
        {
            Assert.Equal(RunStatus.Failed, run.Status);
            Assert.Equal(
                $"stage {stage} on node-1: iteration 1, attempt 0, pass 0, {(direction == Direction.Forward ? "forward" : "backward")}, "
                + "micro-batch 2: InvalidOperationException: the board is on fire",
                run.Reason);
            Assert.Single(run.Committed);
        }
    }

    [Fact]
    public async Task A_stage_that_cannot_be_built_ends_the_run_with_one_clear_error()
    {
        using var outcome = await PipelineHost.RunAsync(
            new Rig().Spec() with { Weights = new ZeroWeights() }, new EventLog(),
            TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Failed, outcome.Status);
        Assert.Matches("^stage [0-3] on node-1: could not be built: weights are gone$", outcome.Reason);
    }

    [Fact]
    public void A_stalled_stage_says_on_what_it_waits()
    {
        // Stage 1's activations of micro-batch 1 are never sent: in virtual time all wait until the server gives up.
        var rig = new Rig { WaitReport = TimeSpan.FromSeconds(30) };
        var run = (rig with { Behaviour = Faults.At(stage: 1).MicroBatch(1).Forward.Withhold() }).Simulate(1);
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Contains(
            "gave up after 1800 s (pipeline.give-up-after) of waiting for the summed gradients of stages 0, 1, 2, 3", run.Reason,
            StringComparison.Ordinal);
        var waits = run.Events.OfType<WaitReported>().ToArray();
        Assert.Contains(waits, w => w.Who == "stage 2" && w.What.StartsWith("the activation of micro-batch 1 from stage 1", StringComparison.Ordinal));
        Assert.Contains(waits, w => w.Who == "the central server");
        Assert.All(waits, w => Assert.Equal(DateTimeOffset.UnixEpoch, w.Since));
        Assert.Equal(60, waits.Count(w => w.Who == "stage 2"));
    }

    [Fact]
    public async Task An_interrupt_ends_after_the_current_iteration_with_usable_weights()
    {
        using var stop = new CancellationTokenSource();
        var rig = new Rig { Iterations = 1000 };
        var log = new InterruptAt(3, stop);
        using var outcome = await PipelineHost.RunAsync(
            rig.Spec(), log, stop.Token);
        Assert.Equal(RunStatus.Interrupted, outcome.Status);
        Assert.Equal(4, outcome.FinalState.Length);
        Assert.InRange(outcome.Iterations, 3, 999);
    }

    /// <summary>No iteration begins that could not be recorded.</summary>
    [Fact]
    public async Task A_full_observer_ends_the_run_after_that_iteration()
    {
        var rig = new Rig { Iterations = 1000 };
        using var outcome = await PipelineHost.RunAsync(
            rig.Spec(), new Full(2), TestContext.Current.CancellationToken);
        Assert.Equal((RunStatus.Interrupted, 3), (outcome.Status, outcome.Iterations));
    }

    [Fact]
    public void A_run_of_no_iterations_evaluates_its_first_weights()
    {
        var rig = new Rig { Iterations = 0 };
        var run = rig.Run();
        Assert.Equal(rig.PlainLoop().Loss, run.Loss);
    }

    [Fact]
    public void A_block_whose_state_was_changed_is_rebuilt_from_its_other_holder()
    {
        foreach (var (block, holder) in new[] { (2, 2), (2, 3) })
        {
            var rig = new Rig { Remedy = "substitute", Behaviour = Faults.At(0, holder).Block(block).Scale(1.5) };
            var run = rig.Run();
            Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
            Assert.Equal(rig.PlainLoop().Hash, run.Hash);
            var iteration = run.Committed.Single(c => c.Iteration == 1);
            Assert.Equal([block], iteration.Refetched);
            Assert.Equal((1, 1, 0), (iteration.Attempts, iteration.Passes, iteration.Disagreements));
            Assert.Empty(run.Verdicts);
        }
    }

    [Fact]
    public void A_run_ends_if_neither_holder_has_the_committed_state()
    {
        var both = Faults.At(0, 2).Block(2).Scale(3.5).With(Faults.At(0, 3).Block(2).Scale(4.5));
        var run = new Rig { Remedy = "substitute", Behaviour = both }.Run();
        Assert.Equal(
            (RunStatus.Failed, "block 2: neither stage 2 nor stage 3 still has the state of the last commit"), (run.Status, run.Reason));
    }

    /// <summary>Moments affect no gradient, only the step: the iteration is committed, and the run cannot continue.</summary>
    [Fact]
    public void A_run_ends_after_the_iteration_in_which_original_and_copy_diverge()
    {
        var run = new Rig { Remedy = "substitute", Behaviour = Faults.At(0, 2).Block(2).Scale(1.5, tensor: 1) }.Run();
        Assert.Equal(
            (RunStatus.Failed, "after iteration 1 the copies of block 2 are no longer like the originals"), (run.Status, run.Reason));
        Assert.Equal([0, 1], run.Committed.Select(c => c.Iteration));
        Assert.Equal(2, run.Iterations);
        Assert.Empty(run.Events.OfType<IterationAbandoned>());
    }

    [Theory]
    [InlineData("commit", "stage 2 on node-1: iteration 0, attempt 0, pass 0, Commit: InvalidOperationException: out of memory")]
    [InlineData("send", "stage 2 on node-1: iteration 1, attempt 0, pass 0, backward of the copy, micro-batch 3: InvalidOperationException: out of memory")]
    [InlineData("both", "stage [12] on node-1: iteration 1, attempt 0, pass 0, forward( of the copy)?, micro-batch 0: InvalidOperationException: out of memory")]
    public void An_exception_in_a_stage_ends_the_run_with_a_line_that_says_where(string at, string reason)
    {
        var rig = new Rig { Remedy = "substitute", Behaviour = Throwing(at) };
        foreach (var run in new[] { rig.Run(), rig.Simulate(3) })
        {
            Assert.Equal(RunStatus.Failed, run.Status);
            Assert.Matches($"^{reason}$", run.Reason);
        }
    }

    [Fact]
    public void Verdicts_of_an_uncommitted_iteration_are_reported()
    {
        var lie = Faults.At(1, 2).Attempt(0).Forward.Over(Link.Neighbour).Send(honest => TorchSharp.torch.zeros_like(honest));
        var run = new Rig { Remedy = "restart", Behaviour = lie.With(Faults.At(1, 3).Attempt(1).Throw()) }.Simulate(1);
        Assert.StartsWith("stage 3 on node-1: iteration 1, attempt 1", run.Reason, StringComparison.Ordinal);
        var abandoned = Assert.Single(run.Events.OfType<IterationAbandoned>());
        Assert.Equal((1, 1), (abandoned.Iteration, abandoned.Attempts));
        Assert.All(abandoned.Verdicts, v => Assert.Equal((0, 2), (v.Attempt, v.Suspect)));
        Assert.Equal(4, abandoned.Verdicts.Length);
    }

    [Theory]
    [InlineData(Link.Neighbour, Direction.Backward, 1, "the gradient of micro-batch 2 from stage 2")]
    [InlineData(Link.Jump, Direction.Forward, 4, "the jumping activation of micro-batch 2 from stage 2")]
    [InlineData(Link.Jump, Direction.Backward, 0, "the jumping gradient of micro-batch 2 from stage 2")]
    public void A_withheld_tensor_is_named_by_the_stage_that_waits_for_it(Link link, Direction direction, int who, string what)
    {
        var rig = new Rig { Layers = 5, Stages = 5, Remedy = "substitute", WaitReport = TimeSpan.FromSeconds(30) };
        var run = (rig with { Behaviour = Faults.At(1, 2).MicroBatch(2).Going(direction).Over(link).Withhold() }).Simulate(1);
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Contains("gave up after 1800 s", run.Reason, StringComparison.Ordinal);
        Assert.Contains(
            run.Events.OfType<WaitReported>(), w => w.Who == $"stage {who}" && w.What.StartsWith(what, StringComparison.Ordinal));
    }

    [Fact]
    public void Wait_times_must_be_positive()
    {
        var plan = new Rig().Plan;
        foreach (var pipeline in new[] { plan.Pipeline with { WaitReport = TimeSpan.Zero }, plan.Pipeline with { GiveUpAfter = TimeSpan.Zero } })
            Assert.Throws<BadInputException>((plan with { Pipeline = pipeline }).Validate);
    }

    private static Fault Throwing(string at) => at switch
    {
        "commit" => Faults.At(stage: 2).AfterCommit.Throw(),
        "send" => Faults.At(1, 2).Backward.Over(Link.Jump).MicroBatch(3).WhenSending.Throw(),
        _ => Faults.At(1, 1).Throw().With(Faults.At(1, 2).Throw()),
    };

    private sealed class Full(long iteration) : IRunObserver
    {
        public bool Stops { get; private set; }

        public void Observe(RunEvent occurrence) => Stops |= occurrence is IterationCommitted committed && committed.Iteration == iteration;
    }

    private sealed class ZeroWeights : IWeightSource
    {
        public string Identity => "nothing";

        public void Fill(string name, TorchSharp.torch.Tensor parameter) =>
            throw new BadInputException("weights are gone");
    }

    private sealed class InterruptAt(long iteration, CancellationTokenSource stop) : IRunObserver
    {
        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IterationCommitted committed && committed.Iteration == iteration - 1) stop.Cancel();
        }
    }
}
