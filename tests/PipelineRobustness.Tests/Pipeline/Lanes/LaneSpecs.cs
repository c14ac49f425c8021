using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Tests.Pipeline.Referee;
using static PipelineRobustness.Tests.Pipeline.Lanes.LaneFrames;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>A lane delivers unchanged, once, in order; or loses, and reports it.</summary>
public sealed class LaneSpecs
{
    // Its tied gradient is more than a piece, and more than the system's buffers hold.
    private static readonly RunPlan Wide = Plan with { Model = Plan.Model with { VocabularySize = 1_100_001 } };

    public static TheoryData<string> Forms => [.. TensorForms.All.Keys];

    private static TensorSent Large() => new(
        Work(), Direction.Backward, Link.Tied, 0, 0, 3, Numbers([Wide.Model.VocabularySize, Wide.Model.EmbeddingWidth]), false, null);

    [Fact]
    public async Task Messages_arrive_in_order_with_their_identity_and_the_same_bytes()
    {
        await using var a = new LaneNode(A);
        await using var b = new LaneNode(B);
        for (var m = 0; m < 4; m++) a.Lanes.Send(b.Address, LaneEnd.Stage, Activation(m));
        for (var m = 0; m < 4; m++)
        {
            var frame = await b.Log.NextFrame();
            using var sent = Activation(m);
            using var came = Assert.IsType<TensorSent>(frame.Message);
            Assert.Equal(LaneEnd.Stage, frame.Receiver);
            Assert.Equal(sent with { Value = came.Value }, came);
            Assert.True(came.Value.HasBytesOf(sent.Value));
        }
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Numbers_arrive_in_any_form_that_torch_holds_them(string form)
    {
        await using var a = new LaneNode(A);
        await using var b = new LaneNode(B);
        using var numbers = Numbers(ActivationShape);
        a.Lanes.Send(b.Address, LaneEnd.Stage, Activation() with { Value = TensorForms.All[form](numbers) });
        using var came = Assert.IsType<TensorSent>((await b.Log.NextFrame()).Message);
        Assert.True(came.Value.HasBytesOf(numbers));
    }

    [Fact]
    public async Task A_rejection_carries_its_enclosed_value()
    {
        await using var b = new LaneNode(B);
        await using var c = new LaneNode(C);
        var message = new TensorSent(
            Work(), Direction.Forward, Link.Neighbour, 2, 1, 2, Numbers(ActivationShape), true, Numbers(ActivationShape, 7));
        b.Lanes.Send(c.Address, LaneEnd.Stage, message);
        using var came = Assert.IsType<TensorSent>((await c.Log.NextFrame()).Message);
        using var enclosed = Numbers(ActivationShape, 7);
        Assert.True(came.Rejected);
        Assert.True(came.Enclosed!.HasBytesOf(enclosed));
    }

    [Fact]
    public async Task A_loss_and_a_tied_gradient_arrive()
    {
        await using var a = new LaneNode(A);
        await using var d = new LaneNode(D);
        d.Lanes.Send(a.Address, LaneEnd.Stage, new TensorSent(
            Work(), Direction.Forward, Link.Neighbour, 0, 3, 0, Numbers([]), false, null));
        using var loss = Assert.IsType<TensorSent>((await a.Log.NextFrame()).Message);
        Assert.Empty(loss.Value.shape);
        long[] tied = [Plan.Model.VocabularySize, Plan.Model.EmbeddingWidth];
        d.Lanes.Send(a.Address, LaneEnd.Stage, new TensorSent(Work(), Direction.Backward, Link.Tied, 0, 3, 0, Numbers(tied), false, null));
        using var gradient = Assert.IsType<TensorSent>((await a.Log.NextFrame()).Message);
        Assert.Equal(tied, gradient.Value.shape);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_block_s_state_arrives_under_the_model_s_parameter_names(int block)
    {
        await using var a = new LaneNode(A);
        await using var d = new LaneNode(D);
        d.Lanes.Send(a.Address, LaneEnd.Stage, new BlockTransfer(Work(), block, 0, State(block)));
        d.Lanes.Send(a.Address, LaneEnd.Server, new BlockCollected(Work(), block, State(block)));
        using var transfer = Assert.IsType<BlockTransfer>((await a.Log.NextFrame()).Message);
        using var collected = Assert.IsType<BlockCollected>((await a.Log.NextFrame()).Message);
        Assert.Equal((block, block), (transfer.Block, collected.Stage));
        using var sent = State(block);
        foreach (var state in new[] { transfer.State, collected.State })
        {
            Assert.Equal(sent.Range, state.Range);
            foreach (var (expected, found) in sent.Parameters.Zip(state.Parameters))
            {
                Assert.Equal((expected.Name, expected.Tied, expected.Steps), (found.Name, found.Tied, found.Steps));
                Assert.True(found.Weight.HasBytesOf(expected.Weight));
                Assert.True(found.FirstMoment.HasBytesOf(expected.FirstMoment));
                Assert.True(found.SecondMoment.HasBytesOf(expected.SecondMoment));
            }
        }
    }

    /// <summary>The state is what <see cref="BlockTrainer"/> captures, parameter by parameter.</summary>
    [Fact]
    public void Shapes_are_known_in_the_order_of_a_captured_state()
    {
        foreach (var range in Cut.Balanced(Plan.Model, Plan.Stages))
        {
            using var trainer = new BlockTrainer(new Block(Plan.Model, range, new Rig { Stages = 4 }.Weights), Plan.Training.Optimizer);
            using var state = trainer.Capture();
            Assert.Equal(
                state.Parameters.Select(p => $"{p.Name} {p.Tied} {string.Join(',', p.Weight.shape)}"),
                ParameterShape.Of(Plan.Model, range).Select(p => $"{p.Name} {p.Tied} {string.Join(',', p.Dimensions)}"));
        }
    }

    [Fact]
    public async Task A_tensor_of_several_pieces_arrives()
    {
        await using var a = new LaneNode(A, Wide);
        await using var d = new LaneNode(D, Wide);
        var message = Large();
        using var value = message.Value.alias();
        a.Lanes.Send(d.Address, LaneEnd.Stage, message);
        using var came = Assert.IsType<TensorSent>((await d.Log.NextFrame()).Message);
        Assert.True(came.Value.HasBytesOf(value));
    }

    [Fact]
    public async Task A_sender_over_its_limit_blocks_until_the_peer_is_forgotten()
    {
        await using var silent = new SilentPeer(D);
        await using var a = new LaneNode(A, Wide, new LaneSettings { MaxQueuedBytes = 1 });
        var first = Large();
        a.Lanes.Send(silent.Address, LaneEnd.Stage, first);
        await silent.Connected;
        var second = Large();
        var held = new Thread(() => a.Lanes.Send(silent.Address, LaneEnd.Stage, second));
        held.Start();
        Assert.True(SpinWait.SpinUntil(() => held.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromMinutes(1)));
        Assert.False(first.Value.IsInvalid);
        a.Lanes.Forget(D);
        held.Join();
        Assert.True(second.Value.IsInvalid);
        Assert.True(SpinWait.SpinUntil(() => first.Value.IsInvalid, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_blocked_sender_continues_when_the_lane_breaks()
    {
        var silent = new SilentPeer(D);
        await using var a = new LaneNode(A, Wide, new LaneSettings { MaxQueuedBytes = 1 });
        a.Lanes.Send(silent.Address, LaneEnd.Stage, Large());
        await silent.Connected;
        var second = Large();
        var held = new Thread(() => a.Lanes.Send(silent.Address, LaneEnd.Stage, second));
        held.Start();
        await silent.DisposeAsync();
        held.Join();
        Assert.Equal(D, (await a.Log.NextBreak()).Peer);
        Assert.True(second.Value.IsInvalid);
    }

    [Fact]
    public async Task A_message_after_a_break_reopens_the_lane()
    {
        await using var a = new LaneNode(A);
        var b = new LaneNode(B);
        var address = b.Address;
        a.Lanes.Send(address, LaneEnd.Stage, Activation());
        (await b.Log.NextFrame()).Message.Dispose();
        await b.DisposeAsync();
        Assert.Equal(B, (await a.Log.NextBreak()).Peer);

        var lost = Activation(1);
        a.Lanes.Send(address, LaneEnd.Stage, lost);
        Assert.Equal(B, (await a.Log.NextBreak()).Peer);
        Assert.True(lost.Value.IsInvalid);

        await using var again = new LaneNode(B, port: address.Port);
        a.Lanes.Send(address, LaneEnd.Stage, Activation(2));
        using var came = Assert.IsType<TensorSent>((await again.Log.NextFrame()).Message);
        Assert.Equal(2, came.MicroBatch);
    }

    [Fact]
    public async Task A_receiver_learns_of_a_lane_s_end_too()
    {
        await using var b = new LaneNode(B);
        await using (var a = new LaneNode(A))
        {
            a.Lanes.Send(b.Address, LaneEnd.Stage, Activation());
            (await b.Log.NextFrame()).Message.Dispose();
        }

        Assert.Equal(A, (await b.Log.NextBreak()).Peer);
    }

    [Fact]
    public async Task A_message_for_another_incarnation_is_not_delivered()
    {
        await using var a = new LaneNode(A);
        await using var b = new LaneNode(B with { Incarnation = 9 });
        var message = Activation();
        a.Lanes.Send(b.Address with { Node = B }, LaneEnd.Stage, message);
        Assert.Equal(B, (await a.Log.NextBreak()).Peer);
        Assert.True(message.Value.IsInvalid);
    }

    [Fact]
    public async Task A_forgotten_node_gets_nothing_and_its_lanes_are_refused()
    {
        await using var a = new LaneNode(A);
        await using var b = new LaneNode(B);
        b.Lanes.Forget(A);
        a.Lanes.Send(b.Address, LaneEnd.Stage, Activation());
        Assert.Contains("it is one no longer", (await b.Log.NextOffence()).Rule, StringComparison.Ordinal);
        Assert.Equal(B, (await a.Log.NextBreak()).Peer);
        var message = Activation();
        b.Lanes.Send(a.Address, LaneEnd.Stage, message);
        Assert.True(message.Value.IsInvalid);
    }

    [Fact]
    public async Task A_lane_leaves_no_tensor_on_either_side()
    {
        await using var a = new LaneNode(A);
        await using var b = new LaneNode(B);
        async Task Exchange(int pass)
        {
            a.Lanes.Send(b.Address, LaneEnd.Stage, Activation(0, Work(pass)));
            (await b.Log.NextFrame()).Message.Dispose();
        }

        await Exchange(0);
        var message = Activation(1, Work(1));
        var values = new List<Tensor> { message.Value };
        a.Lanes.Send(b.Address, LaneEnd.Stage, message);
        using (var came = (TensorSent)(await b.Log.NextFrame()).Message) values.Add(came.Value);
        Assert.True(SpinWait.SpinUntil(() => values.TrueForAll(value => value.IsInvalid), TimeSpan.FromMinutes(1)));
    }
}
