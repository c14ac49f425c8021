using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>Numbers that are not finite are reported once and, unless the plan says otherwise, end the run at the last finite version.</summary>
public sealed class NotFiniteSpecs
{
    private const string Setting = " (training.stop-when-not-finite)";

    private static readonly RunPlan Plan = ServerRig.Plan(3) with { Training = ServerRig.Plan(3).Training with { Iterations = 6 } };

    private static readonly RunPlan Observing = Plan with { Training = Plan.Training with { StopWhenNotFinite = false } };

    private static readonly RunPlan Saving = Plan with { Checkpoint = new CheckpointSettings { Every = 2, Within = TimeSpan.Zero } };

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    public void A_loss_that_is_not_finite_ends_the_run_before_it_is_committed(double loss, string text)
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Numbers.Loss = iteration => iteration < 2 ? 1.5 : loss;
        world.Deliver();
        Ended(world, 2, $"iteration 2: the loss is {text} (stage 2)");
        Assert.Equal(new NumberNotFinite(2, 2, NotFinitePart.Loss, text), Assert.Single(world.Events.OfType<NumberNotFinite>()));
        Assert.Equal((2, 1), (world.Events.OfType<IterationCommitted>().Count(), Assert.Single(world.Events.OfType<IterationAbandoned>()).Attempts));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_names_the_stage_where_it_began()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        world.Deliver(message => message is Committed { Work.Iteration: 0 });
        for (var stage = 0; stage < 3; stage++) world.Stage(stage).Gradient = block => block < 2 ? double.PositiveInfinity : block;
        world.Deliver();
        Ended(world, 1, "iteration 1: the gradient norm is Infinity (stage 1)");
    }

    [Fact]
    public void A_run_that_does_not_stop_reports_the_first_number_and_goes_to_its_end()
    {
        var world = new CoordinatorWorld(Observing).With(3);
        world.Numbers.Loss = iteration => iteration < 2 ? 1.5 : double.NaN;
        world.Numbers.Breaks = (stage, version) => stage == 1 && version >= 2;
        world.Deliver();
        Assert.Equal((RunStatus.Done, 6L), (world.End!.Status, world.End.Iterations));
        Assert.Equal(new NumberNotFinite(1, 1, NotFinitePart.State, "weight w"), Assert.Single(world.Events.OfType<NumberNotFinite>()));
    }

    /// <summary>Its stages have stepped: the version before is worked again from the newest checkpoint.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 4)]
    public void A_weight_that_is_not_finite_takes_the_run_back_to_the_version_before(long broken, long checkpoint)
    {
        var world = new CoordinatorWorld(Saving, hasStore: true).With(3);
        world.Numbers.Breaks = (stage, version) => stage > 0 && version == broken;
        world.Deliver();
        Ended(world, broken - 1, $"iteration {broken - 1}: after the step weight w is not finite (stage 1)");
        Assert.True(Assert.Single(world.Events.OfType<RecoveryBegan>()).GoesBack);
        Assert.Equal(checkpoint, Assert.Single(world.Events.OfType<RecoveryEnded>()).Version);
        Assert.Equal(broken - 1, world.Events.OfType<IterationCommitted>().Select(commit => commit.Iteration).Distinct().Count());
        Assert.All(world.Checkpoints, saved => Assert.True(saved.IsFinite));
    }

    [Fact]
    public void A_weight_is_taken_back_despite_deaths()
    {
        for (var message = 0; ; message++)
        {
            var world = Broken();
            var left = message;
            if (world.Deliver(_ => left-- == 0) is null) break;
            world.Kill(2);
            world.Join(7);
            world.Deliver();
            Ended(world, 2, null);
        }
    }

    /// <summary>It may begin when all have stepped to the state that is not finite, and knows nothing of that.</summary>
    [Fact]
    public void A_weight_is_taken_back_by_any_server()
    {
        var found = 0;
        for (var message = 0; ; message++)
        {
            var world = Broken();
            var left = message;
            if (world.Deliver(_ => left-- == 0) is null) break;
            world.TakeOver();
            world.Deliver();
            Ended(world, 2, null);
            found += world.Events.OfType<NumberNotFinite>().Count(e => e.Part == NotFinitePart.Loss);
        }

        Assert.True(found > 0, "no server took over between the step and the next loss");
    }

    /// <summary>No loss follows the last step that would show a moment that is not finite.</summary>
    [Fact]
    public void The_last_step_is_taken_back_by_any_server()
    {
        for (var message = 0; ; message++)
        {
            var world = new CoordinatorWorld(Saving, hasStore: true).With(4);
            world.Numbers.Breaks = (_, version) => version == 6;
            var left = message;
            if (world.Deliver(_ => left-- == 0) is null) break;
            world.TakeOver();
            world.Deliver();
            Ended(world, 5, null);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_evaluation_that_is_not_finite_ends_the_run_with_the_version_evaluated(int every)
    {
        var world = new CoordinatorWorld(Plan with { Evaluation = new EvaluationSettings { Every = every } }).With(3);
        world.Numbers.EvaluationLoss = _ => double.NaN;
        world.Deliver();
        var version = every == 0 ? 6 : every;
        Ended(world, version, $"the evaluation after iteration {version}: the loss is NaN (stage 2)");
        Assert.Equal(double.NaN, Assert.Single(world.Events.OfType<Evaluated>()).Loss);
        world = new CoordinatorWorld(Plan with { Evaluation = new EvaluationSettings { Every = every } }).With(4);
        world.Numbers.EvaluationLoss = _ => double.NaN;
        world.Deliver(message => message is StateCollected);
        world.Kill(1);
        world.Deliver();
        Ended(world, version, $"the evaluation after iteration {version}: the loss is NaN (stage 2)");
    }

    /// <summary>A weight that changed in memory is no divergence: the other holder has the right one.</summary>
    [Fact]
    public void A_loss_that_a_changed_state_has_spoilt_is_worked_again()
    {
        var world = new CoordinatorWorld(Plan).With(3);
        var spoilt = false;
        world.Numbers.Loss = _ => spoilt ? double.NaN : 1.5;
        world.Deliver(message => message is Committed { Work.Iteration: 1 });
        (spoilt, world.Stage(2).Own) = (true, 7);
        // A stage whose state has changed says at a state query that it has none.
        world.Hears = heard =>
        {
            if (spoilt && heard is Effect.ToNode { Message: StateQuery }) (spoilt, world.Stage(2).Own) = (false, null);
        };
        world.Deliver();
        Assert.Equal(2, Assert.Single(world.Events.OfType<RecoveryEnded>()).Version);
        Assert.Equal(2, Assert.Single(world.Events.OfType<NumberNotFinite>()).Iteration);
        Assert.Equal((RunStatus.Done, 6L), (world.End!.Status, world.End.Iterations));
    }

    [Fact]
    public void A_run_that_stops_resumes_from_the_newest_finite_checkpoint()
    {
        var world = new CoordinatorWorld(Saving, hasStore: true);
        world.Checkpoints.AddRange([Checkpoint(4, isFinite: false), Checkpoint(2, isFinite: true)]);
        world.With(3).Deliver(_ => world.Server.Phase is Training);
        Assert.Equal(2, world.Server.Version);
        var other = new CoordinatorWorld(Saving with { Training = Observing.Training }, hasStore: true);
        other.Checkpoints.AddRange(world.Checkpoints);
        other.With(3).Deliver(_ => other.Server.Phase is Training);
        Assert.Equal(4, other.Server.Version);
    }

    private static CoordinatorWorld Broken()
    {
        var world = new CoordinatorWorld(Saving with { LosesMessages = true }, hasStore: true).With(4);
        world.Numbers.Breaks = (_, version) => version >= 3;
        world.Numbers.Loss = iteration => iteration >= 3 ? double.NaN : 1.5;
        return world;
    }

    private static void Ended(CoordinatorWorld world, long version, string? reason)
    {
        Assert.NotNull(world.End);
        Assert.Equal((RunStatus.Failed, version), (world.End.Status, world.End.Iterations));
        if (reason is not null) Assert.Equal(reason + Setting, world.End.Reason);
        else Assert.EndsWith(Setting, world.End.Reason, StringComparison.Ordinal);
    }

    private static CheckpointManifest Checkpoint(long version, bool isFinite)
    {
        var ballot = new Ballot(1, ServerRig.Here);
        ImmutableArray<UInt128> digests = [.. Enumerable.Range(0, 3).Select(block => (UInt128)((100 * version) + block))];
        return new CheckpointManifest(
            "run", version, ballot, [.. digests.Select((digest, block) => new ShardSeal(block, $"block-{block}", "", digest, isFinite))],
            new ServerState(ballot, version, [], version, digests, TimeSpan.Zero, version, [], Rulings.None));
    }
}
