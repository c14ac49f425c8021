using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>What is said in a stage's or a node's name counts from that stage or node alone, and where it was asked for.</summary>
public sealed class AdmissionSpecs
{
    private static readonly NodeId Stranger = new("stranger");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_transfer_s_receiver_alone_reports_it(bool isHandedOn)
    {
        var (world, phase) = Restoring();
        var work = isHandedOn ? phase.Step with { Pass = phase.Step.Pass + 1 } : phase.Step;
        var report = new BlockRestored(work, 2, 2, 7);
        Assert.False(Admission.Counts(world.Server, report, new MessageSource(ActorRefs.Nobody)));
        Assert.False(Admission.Counts(world.Server, report, new MessageSource(world.Stage(1).Address)));
        Assert.True(Admission.Counts(world.Server, report, new MessageSource(world.Stage(2).Address)));
    }

    /// <summary>Such a report could convict its stage.</summary>
    [Fact]
    public void A_transfer_that_was_not_relayed_is_not_reported_as_handed_on()
    {
        var (world, phase) = Restoring();
        world.Tell(new BlockRestored(phase.Step with { Pass = phase.Step.Pass + 1 }, 2, 2, 7), world.Stage(2).Address);
        world.Deliver();
        Assert.Empty(RefereedRun.Rulings(world));
        RefereedRun.AssertDone(world);
    }

    /// <summary>Of a block whose transfer is made again by way of the referee.</summary>
    [Fact]
    public void A_state_is_shown_by_the_node_that_was_asked()
    {
        var told = 0;
        var world = RefereedRun.Of(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Says = (saying, honest) => saying.What == Said.Given ? RefereedRun.Lie(honest, ref told) : honest;
        world.Kill(3);
        var asked = Assert.IsType<ExhibitHashed>(world.Deliver(message => message is ExhibitHashed)).Shown;
        var phase = Assert.IsType<Restoring>(world.Server.Phase);
        Assert.True(phase.AwaitsState(asked.Stage, asked.Key, new MessageSource(ActorRefs.Nobody, phase.Placed.Nodes[asked.Stage])));
        Assert.True(phase.AwaitsState(asked.Stage, asked.Key, new MessageSource(world.Stage(asked.Stage).Address)));
        Assert.False(phase.AwaitsState(asked.Stage, asked.Key, new MessageSource(ActorRefs.Nobody, Stranger)));
        Assert.False(phase.AwaitsState(asked.Stage, asked.Key, new MessageSource(ActorRefs.Nobody)));
    }

    [Fact]
    public void Of_a_step_a_stage_s_first_report_counts()
    {
        var world = RefereedRun.Of(4);
        world.Deliver(message => message is Committed { Stage: 3, Work.Iteration: 1 });
        var phase = Assert.IsType<Committing>(world.Server.Phase);
        world.Tell(new Committed(phase.Step, 2, 7, ScriptedStage.Digest(2, 1), null, null), world.Stage(2).Address);
        world.Deliver();
        Assert.Empty(RefereedRun.Rulings(world));
        RefereedRun.AssertDone(world);
    }

    [Fact]
    public void A_node_s_word_counts_from_its_own_actor()
    {
        var world = RefereedRun.Of(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        var (node, ballot) = (ServerRig.Node(2, 1), world.Server.Ballot);
        foreach (var said in (object[])
        [
            new NodeState(ballot, node.Node, [], null), new StagesAlive(ballot, node.Node, []), new StageFailed(1, node.Node, "a lie", WhileBuilding: false),
            new LaneBroken(node.Node, ServerRig.Here, "a lie"),
        ])
        {
            Assert.True(Admission.Counts(world.Server, said, new MessageSource(node.Actor)));
            Assert.False(Admission.Counts(world.Server, said, new MessageSource(ServerRig.Node(3, 1).Actor)));
        }
    }

    [Fact]
    public void A_stage_s_state_counts_from_the_stage_itself_on_its_node()
    {
        var world = RefereedRun.Of(4);
        var state = Assert.IsType<StageState>(world.Deliver(message => message is StageState));
        Assert.True(Admission.Counts(world.Server, state, new MessageSource(state.Actor)));
        Assert.False(Admission.Counts(world.Server, state, new MessageSource(ActorRefs.Nobody)));
        Assert.False(Admission.Counts(world.Server, state with { Node = Stranger }, new MessageSource(state.Actor)));
    }

    /// <summary>It would go with every order from then on.</summary>
    [Fact]
    public void A_note_that_is_too_long_is_none()
    {
        var (world, told, longest) = (RefereedRun.Of(4), 0, 0);
        world.Says = (saying, honest) =>
            saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Sent } ? RefereedRun.Lie(honest, ref told) : honest;
        world.Hears = heard =>
        {
            if (heard is Effect.ToStages { Message: BeginPass begin }) longest = Math.Max(longest, begin.Rulings.Notes.Sum(note => note.Text.Length));
        };
        world.Deliver(message =>
        {
            if (message is Prepared) world.Stage(2).Tells = one => one is Prepared prepared ? prepared with { Note = new string('x', 200_000) } : one;
            return false;
        });
        Assert.NotEmpty(RefereedRun.Rulings(world));
        Assert.InRange(longest, 0, 1000);
    }

    // Blocks 2 and 1 are on their way to a new stage 2.
    private static (CoordinatorWorld World, Restoring Phase) Restoring()
    {
        var world = RefereedRun.Of(4);
        world.Deliver(message => message is Prepared { Work.Iteration: 1 });
        world.Kill(3);
        world.Deliver(message => message is BlockRestored or MovedBlock);
        return (world, Assert.IsType<Restoring>(world.Server.Phase));
    }
}
