using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>What goes wrong ends in one clear line, never in a hang.</summary>
public sealed class TroubleSpecs
{
    [Theory]
    [InlineData(0, Direction.Forward)]
    [InlineData(2, Direction.Backward)]
    [InlineData(3, Direction.Forward)]
    public void A_stage_that_throws_ends_the_run_with_one_clear_error(int stage, Direction direction)
    {
        var rig = new Rig { Behaviour = new Throwing(stage, direction) };
        foreach (var run in new[] { rig.Run(), rig.Simulate(7) })
        {
            Assert.Equal(RunStatus.Failed, run.Status);
            Assert.Equal(
                $"stage {stage} on node-1: iteration 1, try 0, pass 0, {(direction == Direction.Forward ? "forward" : "backward")}, "
                + "micro-batch 2: InvalidOperationException: the board is on fire",
                run.Reason);
            Assert.Single(run.Committed);
        }
    }

    [Fact]
    public async Task A_stage_that_cannot_be_built_ends_the_run_with_one_clear_error()
    {
        using var outcome = await PipelineHost.RunAsync(
            new Rig().Plan, new NoWeights(), new Rig().Data, new Ports(), new EventLog(),
            TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Failed, outcome.Status);
        Assert.Matches("^stage [0-3] on node-1: could not be built: weights are gone$", outcome.Reason);
    }

    [Fact]
    public void Who_waits_too_long_says_for_whom_for_what_and_since_when()
    {
        // Stage 1's activations of micro-batch 1 never leave: in virtual time everybody waits until the server gives up.
        var rig = new Rig { WaitReport = TimeSpan.FromSeconds(30) };
        var run = (rig with { Behaviour = new Swallowing() }).Simulate(1);
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Contains(
            "gave up after 1800 s (pipeline.give-up-after): waited for the summed gradients of stages 0, 1, 2, 3", run.Reason,
            StringComparison.Ordinal);
        var waits = run.Events.OfType<WaitReported>().ToArray();
        Assert.Contains(waits, w => w.Who == "stage 2" && w.What.StartsWith("the activation of micro-batch 1 from stage 1", StringComparison.Ordinal));
        Assert.Contains(waits, w => w.Who == "the central server");
        Assert.All(waits, w => Assert.Equal(DateTimeOffset.UnixEpoch, w.Since));
        Assert.Equal(59, waits.Count(w => w.Who == "stage 2"));
    }

    [Fact]
    public async Task An_interrupt_ends_after_the_current_iteration_with_usable_weights()
    {
        using var stop = new CancellationTokenSource();
        var rig = new Rig { Iterations = 1000 };
        var log = new InterruptAt(3, stop);
        using var outcome = await PipelineHost.RunAsync(
            rig.Plan, rig.Weights, rig.Data, new Ports(), log, stop.Token);
        Assert.Equal(RunStatus.Interrupted, outcome.Status);
        Assert.Equal(4, outcome.FinalState.Length);
        Assert.InRange(outcome.Iterations, 3, 999);
    }

    [Fact]
    public void No_iteration_at_all_evaluates_the_weights_as_they_are()
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
            var rig = new Rig { Remedy = "takeover", Behaviour = new Corrupting(block, holder) };
            var run = rig.Run();
            Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
            Assert.Equal(rig.PlainLoop().Hash, run.Hash);
            Assert.Equal([block], run.Committed.Single(c => c.Iteration == 1).Refetched);
        }
    }

    private sealed class Throwing(int stage, Direction direction) : IStageBehaviour
    {
        public void BeforeWork(WorkContext context)
        {
            if (context.Iteration == 1 && context.MicroBatch == 2 && context.Stage == stage && context.Direction == direction)
                throw new InvalidOperationException("the board is on fire\nand more lines");
        }
    }

    private sealed class NoWeights : IWeightSource
    {
        public string Identity => "nothing";

        public void Fill(string name, TorchSharp.torch.Tensor parameter) =>
            throw new BadInputException("weights are gone");
    }

    private sealed class Swallowing : IStageBehaviour
    {
        public bool Withholds(SendContext context) => context is { Stage: 1, MicroBatch: 1, Direction: Direction.Forward };
    }

    private sealed class InterruptAt(long iteration, CancellationTokenSource stop) : IRunObserver
    {
        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IterationCommitted committed && committed.Iteration == iteration - 1) stop.Cancel();
        }
    }

    private sealed class Corrupting(int block, int holder) : IStageBehaviour
    {
        public void BetweenIterations(long iteration, int stage, int block1, IReadOnlyList<TorchSharp.torch.Tensor> state)
        {
            if (iteration != 1 || stage != holder || block1 != block) return;
            using var still = TorchSharp.torch.no_grad();
            state[0].mul_(1.5);
        }
    }
}
