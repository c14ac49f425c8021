using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

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

    [Fact]
    public void Holders_of_a_block_that_begin_with_different_states_end_the_run()
    {
        var world = new CoordinatorWorld(ServerRig.Plan(4, remedy: "referee"));
        world.Reports = honest => honest is { Stage: 1, Version: 0, Own: not null } ? honest with { Own = 7 } : honest;
        world.With(4);
        world.Deliver();
        Assert.Equal(RunStatus.Failed, world.End!.Status);
        Assert.Equal("block 1: stages 1 and 2 say that they begin with different states, and one of them falsely", world.End.Reason);
    }
}
