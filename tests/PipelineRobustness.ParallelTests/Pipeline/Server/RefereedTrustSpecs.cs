using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>What the server does not believe where one stage alone says it, and what a referee keeps that two need.</summary>
public sealed class RefereedTrustSpecs
{
    /// <summary>It has made every ruling itself.</summary>
    [Fact]
    public void A_server_that_leads_learns_no_ruling_from_a_stage()
    {
        var world = RefereedRun.Of(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        var forged = Rulings.None.With(
            [new Ruling(0, 0, Act.Forward, 0, new Conviction(2, 0, ServerRig.Node(3, 1).Node, default, null), null)], []);
        world.Stage(1).Tells = message => message switch
        {
            StageState state => state with { Rulings = forged, Last = state.Last! with { State = state.Last.State with { Rulings = forged } } },
            _ => message,
        };
        world.Kill(4);
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Contains("node-3", Assert.Single(world.Events.OfType<RecoveryEnded>()).Placement.Select(node => node.Name));
        Assert.All(RefereedRun.Commits(world), commit => Assert.Empty(commit.Rulings));
    }

    /// <summary>All others that are left must have been told the same.</summary>
    [Fact]
    public void The_word_of_some_stages_alone_does_not_make_a_state_sure()
    {
        foreach (var told in (int[][])[[0], [0, 3], [0, 2, 3]])
        {
            var world = RefereedRun.Of(4);
            world.Deliver(message => message is Prepared { Work.Iteration: 2 });
            foreach (var stage in Enumerable.Range(0, 4))
            {
                world.Stage(stage).Tells = message => message is not StageState state ? message
                    : state with { Vouched = told.Contains(stage) ? new VouchedState(2, [.. RefereedRun.Clean(4, 2)]) : null };
            }

            world.Silence(2);
            world.TakeOver();
            world.Tell(new NodeLost(ServerRig.Node(2, 1).Node, "its process ended"));
            world.Deliver();
            RefereedRun.AssertDone(world);
            RefereedRun.AssertClean(world, 4);
            // A server that takes over and finds nothing to resume from starts the run.
            Assert.Equal(told.Length > 2, world.Events.OfType<RecoveryEnded>().Any(recovery => recovery.Version == 2));
        }
    }

    /// <summary>It would end the run, or take all back.</summary>
    [Fact]
    public void A_stage_that_alone_says_that_its_block_is_not_finite_is_not_believed()
    {
        var world = RefereedRun.Of(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Stage(2).Tells = message => message is Committed stepped ? stepped with { NotFinite = "weight w" } : message;
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        Assert.Empty(world.Events.OfType<NumberNotFinite>());
        Assert.Empty(world.Events.OfType<RecoveryBegan>());
    }

    [Fact]
    public void A_block_that_both_holders_find_not_finite_is_reported()
    {
        var world = RefereedRun.Of(4);
        world.Numbers.Breaks = (block, version) => block == 2 && version == 2;
        world.Deliver();
        var found = Assert.Single(world.Events.OfType<NumberNotFinite>());
        Assert.Equal((1, 2, NotFinitePart.State), (found.Iteration, found.Stage, found.Part));
    }

    /// <summary>The referee keeps what it was shown: in whichever order receivers report, and though the source is asked twice.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Both_holders_of_a_block_may_get_it_by_way_of_the_referee(bool isDuplicated)
    {
        var plan = ServerRig.Plan(4, remedy: "referee");
        for (var seed = 0; seed < 20; seed++)
        {
            var (world, random, handedOn) = (new CoordinatorWorld(plan).With(1, room: 4), new Random(seed), new List<Effect.HandOnState>());
            world.Says = (saying, honest) => saying is { What: Said.Received, Work.Pass: 0 } ? Truth.Of("false") : honest;
            world.Hears = occurrence => handedOn.AddRange(occurrence is Effect.HandOnState order ? [order] : []);
            world.Deliver(message => message is Prepared { Work.Iteration: 0 });
            for (var number = 2; number <= 5; number++) world.Join(number);
            if (!isDuplicated) world.DeliverShuffled(random);
            while (world is { HasMail: true, End: null }) world.DeliverOne(isDuplicated: true);
            RefereedRun.AssertDone(world);
            RefereedRun.AssertClean(world, 4);
            Assert.Empty(RefereedRun.Rulings(world));
            Assert.Contains(handedOn.CountBy(order => order.Key.Block), block => block.Value > 1);
            Assert.Distinct(handedOn.Select(order => (order.Work, order.Key.Block, order.To)));
        }
    }
}
