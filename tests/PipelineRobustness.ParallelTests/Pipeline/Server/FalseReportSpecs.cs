using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>What some stages alone say of a state, when they are asked for it, becomes the state of no block.</summary>
public sealed class FalseReportSpecs
{
    /// <summary>No server has told any stage of it yet: two stages that are no neighbours know the states of all four blocks.</summary>
    [Fact]
    public void States_that_some_stages_alone_vouch_for_do_not_count()
    {
        var world = RefereedRun.Of(4);
        var forged = RefereedRun.Clean(4, 2).ToImmutableArray().SetItem(0, 7);
        world.Reports = honest => honest is { Stage: 0 or 2, Version: 2 } ? honest with { Vouched = new VouchedState(2, forged) } : honest;
        // All have stepped, and no other pass has begun.
        world.Deliver(message => message is Committed { Work.Iteration: 1 });
        world.Stage(0).Own = forged[0];
        world.TakeOver();
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
    }

    /// <summary>The referee builds the block itself. Either holder may be the liar, or both.</summary>
    [Theory]
    [InlineData("own 1", 1)]
    [InlineData("copy 2", 2)]
    [InlineData("own 1, copy 2", 1, 2)]
    [InlineData("own 3, copy 3", 3)]
    public void A_stage_that_begins_with_a_false_state_is_convicted(string lies, params int[] convicted)
    {
        var world = new CoordinatorWorld(ServerRig.Plan(4, remedy: "referee"));
        world.Reports = honest => Begins(honest, lies);
        world.With(8);
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Equal(convicted, RefereedRun.Rulings(world).Select(ruling => ruling.Convicted!.Stage));
        Assert.All(RefereedRun.Rulings(world), ruling => Assert.Equal((0, 0, Act.Transfer), (ruling.Iteration, ruling.Attempt, ruling.Act)));
    }

    /// <summary>Whichever message was the last that the server of before had taken.</summary>
    [Fact]
    public void A_false_beginning_is_found_again_by_a_server_that_takes_over()
    {
        var wasComparing = false;
        for (var message = 0; ; message++)
        {
            var world = new CoordinatorWorld(ServerRig.Plan(4, remedy: "referee"));
            world.Reports = honest => Begins(honest, "own 1");
            world.With(8);
            var left = message;
            if (world.Deliver(one => left-- == 0 || one is Prepared) is null or Prepared) break;
            wasComparing |= world.Server.Phase is ComparingBeginnings;
            world.TakeOver();
            world.Deliver();
            RefereedRun.AssertDone(world);
            RefereedRun.AssertClean(world, 4);
            Assert.All(RefereedRun.Rulings(world), ruling => Assert.Equal(1, ruling.Convicted!.Stage));
        }

        Assert.True(wasComparing);
    }

    /// <summary>Its manifest says nothing of the states of this run's blocks.</summary>
    [Fact]
    public void A_false_beginning_from_a_checkpoint_of_another_cut_is_convicted()
    {
        var world = OfAnotherCut();
        world.Deliver();
        RefereedRun.AssertDone(world, from: 2);
        RefereedRun.AssertClean(world, 4);
        var ruling = Assert.Single(RefereedRun.Rulings(world));
        Assert.Equal((2, Act.Transfer, 1), (ruling.Iteration, ruling.Act, ruling.Convicted!.Stage));
    }

    /// <summary>A disk may have done it.</summary>
    [Fact]
    public void A_checkpoint_of_another_cut_that_the_server_cannot_read_is_left_out()
    {
        var world = OfAnotherCut();
        world.CanRead = origin => origin.Manifest is null;
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Empty(RefereedRun.Rulings(world));
    }

    /// <summary>The server cannot say who lies.</summary>
    [Fact]
    public void A_beginning_that_the_server_cannot_read_convicts_no_stage()
    {
        var world = new CoordinatorWorld(ServerRig.Plan(4, remedy: "referee")) { CanRead = _ => false };
        world.Reports = honest => Begins(honest, "own 1");
        world.With(8);
        world.Deliver();
        Assert.Equal(
            (RunStatus.Failed, "block 1: stages 1 and 2 begin with different states, and the server cannot read what with"),
            (world.End!.Status, world.End.Reason));
        Assert.Empty(RefereedRun.Rulings(world));
    }

    // A run of 4 stages that continues from version 2 of 3.
    private static CoordinatorWorld OfAnotherCut()
    {
        var world = new CoordinatorWorld(ServerRig.Plan(4, remedy: "referee"), hasStore: true);
        world.Reports = honest => honest is { Version: 2, Seat: 0, Stage: 1, Own: not null, Last: null } ? honest with { Own = 7 } : honest;
        var (ballot, digests) = (new Ballot(1, new NodeId("before")), RefereedRun.Clean(3, 2).ToImmutableArray());
        world.Checkpoints.Add(new CheckpointManifest(
            "run", 2, ballot, [.. digests.Select((digest, block) => new ShardSeal(block, $"block-{block}", "", digest))],
            new ServerState(ballot, 2, [], 2, digests, TimeSpan.Zero, 2, [], Rulings.None)));
        return world.With(8);
    }

    // A later holder of the seat tells the truth.
    private static StageState Begins(StageState honest, string lies)
    {
        if (honest.Version > 0 || honest.Seat > 0) return honest;
        if (lies.Contains($"own {honest.Stage}", StringComparison.Ordinal) && honest.Own is not null) honest = honest with { Own = 7 };
        if (lies.Contains($"copy {honest.Stage}", StringComparison.Ordinal) && honest.Copy is not null) honest = honest with { Copy = 8 };
        return honest;
    }
}
