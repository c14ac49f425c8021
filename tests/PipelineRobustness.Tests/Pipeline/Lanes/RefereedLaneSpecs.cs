using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using static PipelineRobustness.Tests.Pipeline.Lanes.LaneFrames;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>Who may show what to the referee, and what it may hand on. Stages 0 to 3 are on nodes a to d, the server is on a.</summary>
public sealed class RefereedLaneSpecs
{
    private static readonly RunPlan Refereed = Plan with { Defence = Plan.Defence with { Remedy = "referee" } };

    private static readonly long[] TiedShape = [Plan.Model.VocabularySize, Plan.Model.EmbeddingWidth];

    private readonly LaneRules _a = new(A, [Refereed]);

    public RefereedLaneSpecs() => _a.Expect(Refereed, Term, Places);

    [Fact]
    public void A_holder_shows_what_it_worked_on_once()
    {
        foreach (var message in (Func<ITensorMessage>[])[
            () => Shown(2, new(2, ExhibitKind.Input, 3)), () => Shown(2, new(1, ExhibitKind.Gradient, 3)),
            () => State(2, new(1, ExhibitKind.StateBefore)), () => State(2, new(2, ExhibitKind.State))])
        {
            Assert.True(Taken(C, message()));
            Refused(C, message(), "nothing is sent twice");
        }

        // Both holders of a block show it.
        Assert.True(Taken(D, Shown(3, new(2, ExhibitKind.Input, 3))));
        Assert.True(Taken(D, Shown(3, new(3, ExhibitKind.OtherPart), TiedShape)));
    }

    [Fact]
    public void A_stage_that_shows_what_it_does_not_hold_is_refused()
    {
        Refused(C, Shown(2, new(3, ExhibitKind.Input)), "stage 2 does not hold block 3");
        Refused(C, Shown(2, new(4, ExhibitKind.Input)), "a block is from 0 to 3, not 4");
        Refused(C, Shown(2, new(2, ExhibitKind.Input, 4)), "a micro-batch is from 0 to 3, not 4");
        Refused(C, Shown(4, new(3, ExhibitKind.Input)), "a showing stage is from 0 to 3");
        Refused(C, Shown(2, new(2, ExhibitKind.OtherPart), TiedShape), "of block 2 no stage shows a tensor that is its OtherPart");
        Refused(C, Shown(2, new(2, ExhibitKind.State)), "no stage shows a tensor that is its State");
        Refused(C, State(2, new(2, ExhibitKind.StateBefore)), "does not keep block 2's StateBefore");
        Refused(C, State(2, new(2, ExhibitKind.Input)), "does not keep block 2's Input");
        Refused(C, State(2, new(2, ExhibitKind.State, 1)), "State is of no micro-batch");
        Refused(B, Shown(1, new(0, ExhibitKind.Input)), "of block 0 no stage shows a tensor that is its Input");
        Refused(D, Shown(3, new(3, ExhibitKind.Gradient)), "of block 3 no stage shows a tensor that is its Gradient");
        Refused(D, Shown(3, new(3, ExhibitKind.OtherPart, 1), TiedShape), "OtherPart is of no micro-batch");
        Refused(C, Shown(2, new(2, ExhibitKind.Input)) with { Work = Work() with { Purpose = Purpose.Evaluation } }, "exhibits are of training");
    }

    [Fact]
    public void An_exhibit_has_the_shape_of_what_it_is()
    {
        Refused(C, Shown(2, new(2, ExhibitKind.Input), [1, 1]), "a tensor has the shape [2, 8, 16], not [1, 1]");
        Refused(C, Shown(2, new(2, ExhibitKind.Input)) with { Value = zeros(ActivationShape, ScalarType.Float64) }, "type Float32, not Float64");
        Refused(D, Shown(3, new(3, ExhibitKind.OtherPart)), "a tensor has the shape");
        Refused(C, new StateShown(Work(), 2, new(2, ExhibitKind.State), LaneFrames.State(0)), "block 2 has");
    }

    /// <summary>Who shows another state than the block's is convicted: no other node may show it in a stage's place.</summary>
    [Fact]
    public void An_exhibit_comes_from_its_stage_s_node_and_a_state_also_from_where_it_retires()
    {
        var retiring = ImmutableDictionary<int, NodeId>.Empty.Add(2, new NodeId("e", 5));
        _a.Expect(Refereed, Term with { Counter = 6 }, Places, retiring);
        // A stage's own word comes later, and knows of no stage that retires.
        _a.Expect(Refereed, Term with { Counter = 6 }, Places);
        var work = Work() with { Ballot = Term with { Counter = 6 } };
        Refused(D, Shown(2, new(2, ExhibitKind.Input)) with { Work = work }, "stage 2 is on c, not on d");
        Refused(D, State(2, new(2, ExhibitKind.State)) with { Work = work }, "stage 2 is on c, not on d");
        Refused(retiring[2], Shown(2, new(2, ExhibitKind.Input)) with { Work = work }, "stage 2 is on c, not on e");
        Assert.True(Taken(retiring[2], State(2, new(2, ExhibitKind.State)) with { Work = work }));
        Assert.True(Taken(C, State(2, new(2, ExhibitKind.State)) with { Work = work }));
    }

    [Fact]
    public void Only_the_server_s_node_is_shown_anything_and_only_by_a_referee_s_run()
    {
        Refused(C, Shown(2, new(2, ExhibitKind.Input)), "what is shown is shown to the server's referee", LaneEnd.Stage);
        var elsewhere = new LaneRules(B, [Refereed]);
        elsewhere.Expect(Refereed, Term, Places);
        Refused(elsewhere, C, Shown(2, new(2, ExhibitKind.Input)), "the server is on a, not on b");
        var other = new LaneRules(A, [Plan]);
        other.Expect(Plan, Term, Places);
        Refused(other, C, Shown(2, new(2, ExhibitKind.Input)), "only a referee is shown anything");
    }

    [Fact]
    public void Any_link_of_the_ring_may_go_by_way_of_the_server()
    {
        foreach (var link in new Ring(4, 4, IsTied: true).Links.Where(link => link is { From: not 0, To: not 0 }))
        {
            var from = Places[link.From];
            Assert.True(Taken(from, Sent(link)), $"{link} to the server");
            var receiver = new LaneRules(Places[link.To], [Refereed]);
            receiver.Expect(Refereed, Term, Places);
            Assert.True(FrameBytes.IsTaken(receiver, A, FrameBytes.Of(Sent(link))), $"{link} from the server");
            Refused(receiver, A, Sent(link), "nothing is sent twice");
            var another = Places.First(node => node != from && node != A && node != Places[link.To]);
            Refused(receiver, another, Sent(link) with { MicroBatch = link.Link == Link.Tied ? 0 : 1 }, $"stage {link.From} is on {from}");
        }
    }

    /// <summary>What a copy gives is claimed, and not sent.</summary>
    [Fact]
    public void Gradients_and_losses_do_not_jump_under_a_referee()
    {
        Refused(D, Sent(new(Direction.Backward, Link.Jump, 3, 1)), "stage 3 sends stage 1 nothing Backward by Jump", LaneEnd.Stage);
        Refused(D, Sent(new(Direction.Forward, Link.Neighbour, 3, 0)) with { Value = zeros([]) }, "stage 3 sends stage 0 nothing", LaneEnd.Stage);
        var evaluation = Work() with { Purpose = Purpose.Evaluation };
        Refused(B, Sent(new(Direction.Forward, Link.Neighbour, 1, 2)) with { Work = evaluation }, "what goes through the server is of training");
    }

    [Fact]
    public async Task Exhibits_and_states_arrive_with_their_name_and_their_bytes()
    {
        await using var a = new LaneNode(A, Refereed);
        await using var c = new LaneNode(C, Refereed);
        c.Lanes.Send(a.Address, LaneEnd.Server, Shown(2, new(2, ExhibitKind.Gradient, 3)));
        c.Lanes.Send(a.Address, LaneEnd.Server, State(2, new(1, ExhibitKind.StateBefore)));
        using var exhibit = Assert.IsType<ExhibitShown>((await a.Log.NextFrame()).Message);
        using var state = Assert.IsType<StateShown>((await a.Log.NextFrame()).Message);
        Assert.Equal((Work(), 2, new ExhibitKey(2, ExhibitKind.Gradient, 3)), (exhibit.Work, exhibit.Stage, exhibit.Key));
        Assert.Equal((Work(), 2, new ExhibitKey(1, ExhibitKind.StateBefore)), (state.Work, state.Stage, state.Key));
        using var sent = Numbers(ActivationShape);
        Assert.True(exhibit.Value.HasBytesOf(sent));
        using var kept = LaneFrames.State(1);
        Assert.Equal(kept.LiveState.Select(tensor => $"{tensor.shape[0]}"), state.State.LiveState.Select(tensor => $"{tensor.shape[0]}"));
        Assert.All(kept.LiveState.Zip(state.State.LiveState), pair => Assert.True(pair.First.HasBytesOf(pair.Second)));
    }

    private static ExhibitShown Shown(int stage, ExhibitKey key, long[]? shape = null) => new(Work(), stage, key, Numbers(shape ?? ActivationShape));

    private static StateShown State(int stage, ExhibitKey key) => new(Work(), stage, key, LaneFrames.State(key.Block));

    private static TensorSent Sent(StageLink link) =>
        new(Work(), link.Direction, link.Link, 0, link.From, link.To, Numbers(link.Link == Link.Tied ? TiedShape : ActivationShape), false, null);

    private bool Taken(NodeId from, ITensorMessage message) => FrameBytes.IsTaken(_a, from, FrameBytes.Of(message, LaneEnd.Server));

    private void Refused(NodeId from, ITensorMessage message, string rule, LaneEnd receiver = LaneEnd.Server) =>
        Refused(_a, from, message, rule, receiver);

    private static void Refused(LaneRules rules, NodeId from, ITensorMessage message, string rule, LaneEnd? receiver = null)
    {
        var end = receiver ?? (message is TensorSent ? LaneEnd.Stage : LaneEnd.Server);
        var refused = Assert.Throws<ProtocolViolationException>(() => FrameBytes.IsTaken(rules, from, FrameBytes.Of(message, end)));
        Assert.Contains(rule, refused.Message, StringComparison.Ordinal);
    }
}
