using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static PipelineRobustness.Tests.Pipeline.Lanes.LaneFrames;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>Which frames may arrive, from which node, and when: judged by the header, before allocation.</summary>
public sealed class LaneRulesSpecs
{
    private readonly LaneRules _b = new(B, [Plan]);

    public LaneRulesSpecs() => _b.Expect(Plan, Term, Places);

    [Fact]
    public void Neighbour_and_jump_tensors_are_accepted()
    {
        Assert.True(Taken(A, Activation()));
        Assert.True(Taken(C, Sent(Direction.Backward, Link.Neighbour, 2, 1)));
        Assert.True(Taken(D, Sent(Direction.Forward, Link.Jump, 3, 1) with { From = 3 }, but: "nothing Forward by Jump"));
        Assert.True(Taken(D, Sent(Direction.Backward, Link.Jump, 3, 1)));
        Assert.True(Taken(D, Sent(Direction.Backward, Link.Tied, 3, 1, [Plan.Model.VocabularySize, Plan.Model.EmbeddingWidth])));
    }

    [Fact]
    public void An_evaluation_s_last_micro_batch_is_smaller()
    {
        var work = Work() with { Purpose = Purpose.Evaluation, Pass = 3 };
        var hidden = Plan.Model.Hidden;
        Assert.True(Taken(A, Sent(Direction.Forward, Link.Neighbour, 0, 1, [1, 5, hidden]) with { Work = work, MicroBatch = 3 }));
        Refused(A, Sent(Direction.Forward, Link.Neighbour, 0, 1, [3, 8, hidden]) with { Work = work, MicroBatch = 4 }, "at most the shape");
        Refused(A, Sent(Direction.Forward, Link.Neighbour, 0, 1, [0, 8, hidden]) with { Work = work, MicroBatch = 4 }, "at most the shape");
        Refused(A, Sent(Direction.Forward, Link.Neighbour, 0, 1, [2, 8, hidden + 1]) with { Work = work, MicroBatch = 4 }, "at most the shape");
    }

    [Fact]
    public void Another_type_or_shape_is_refused()
    {
        Refused(A, Activation() with { Value = zeros(ActivationShape, ScalarType.Float64) }, "type Float32, not Float64");
        Refused(A, Activation() with { Value = zeros(ActivationShape, ScalarType.Int32) }, "type Float32, not Int32");
        Refused(A, Activation() with { Value = zeros(1, 2, 3) }, "a tensor has the shape [2, 8, 16], not [1, 2, 3]");
        Refused(A, Activation() with { Value = zeros([]) }, "a tensor has the shape");
        Refused(A, Activation() with { Rejected = true, Enclosed = zeros(4) }, "a tensor has the shape");
        Refused(A, Activation() with { Enclosed = zeros(ActivationShape) }, "only a forward frame that carries a rejection");
    }

    /// <summary>No memory is taken for what a header claims and the rules do not allow: nothing follows it here.</summary>
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 40)]
    [InlineData(-1)]
    [InlineData(0)]
    public void False_lengths_are_refused_by_the_header_alone(long bytes)
    {
        using var message = Activation();
        var header = FrameHeader.Of(LaneEnd.Stage, message);
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        (header with { Tensors = [header.Tensors[0] with { Bytes = bytes }] }).Write(output);
        Assert.Contains("has 1024 bytes, not", RefusedBytes(A, output.WrittenSpan.ToArray()), StringComparison.Ordinal);
        (header with { Tensors = [header.Tensors[0] with { Shape = [bytes, bytes, bytes], Bytes = bytes }] }).Write(output);
        Assert.Contains("has the shape", RefusedBytes(A, output.WrittenSpan.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_stages_links_and_micro_batches_are_refused()
    {
        Refused(A, Activation() with { MicroBatch = 4 }, "a micro-batch is from 0 to 3, not 4");
        Refused(A, Activation() with { MicroBatch = -1 }, "a micro-batch");
        Refused(A, Activation() with { From = 4 }, "a sending stage is from 0 to 3");
        Refused(A, Activation() with { To = -1 }, "a receiving stage");
        Refused(A, Activation() with { Link = Link.Enclosure }, "nothing Forward by Enclosure");
        Refused(A, Activation() with { Link = Link.Comparison }, "nothing Forward by Comparison");
        Refused(A, Activation() with { Direction = Direction.Backward }, "nothing Backward");
        Refused(A, Activation() with { To = 2 }, "sends stage 2 nothing");
        Refused(A, Activation() with { Work = Work() with { Iteration = -1 } }, "no negative numbers");
        Refused(A, Activation() with { Work = Work() with { Purpose = (Purpose)2 } }, "a purpose");
    }

    [Fact]
    public void A_frame_s_stages_must_be_on_the_sender_s_and_the_receiver_s_nodes()
    {
        Refused(C, Activation(), "stage 0 is on a, not on c");
        Refused(A with { Incarnation = 2 }, Activation(), "stage 0 is on a");
        Refused(B, Sent(Direction.Forward, Link.Neighbour, 1, 2), "stage 2 is on c, not on b");
        Refused(C, new BlockTransfer(Work(), 3, 3, State(3)), "stage 3 is on d, not on b");
        Refused(D, new BlockCollected(Work(), 3, State(3)), "the server is on a, not on b", LaneEnd.Server);
    }

    [Fact]
    public void A_jump_through_the_server_must_come_from_the_server_s_node()
    {
        var plan = Plan with { Defence = Plan.Defence with { Remedy = "skip-with-server" } };
        var rules = new LaneRules(C, [plan]);
        rules.Expect(plan, Term with { Node = D }, Places);
        var jump = Sent(Direction.Forward, Link.Jump, 0, 2) with { Work = Work() with { Ballot = Term with { Node = D } } };
        Assert.True(FrameBytes.IsTaken(rules, D, FrameBytes.Of(jump)));
        var other = jump with { MicroBatch = 1, Value = Numbers(ActivationShape) };
        Assert.Throws<ProtocolViolationException>(() => FrameBytes.IsTaken(rules, B, FrameBytes.Of(other)));
    }

    [Fact]
    public void A_state_that_the_referee_hands_on_must_come_from_the_server_s_node()
    {
        var plan = Plan with { Defence = Plan.Defence with { Remedy = "referee" } };
        var rules = new LaneRules(B, [plan]);
        rules.Expect(plan, Term, Places);
        Assert.True(FrameBytes.IsTaken(rules, D, FrameBytes.Of(new BlockTransfer(Work(), 1, 1, State(1)))));
        foreach (var work in (StepId[])[Work(pass: 1), Work(pass: 1) with { Ballot = Term with { Counter = Term.Counter + 1 } }])
        {
            var handedOn = FrameBytes.Of(new BlockTransfer(work, 1, 1, State(1)));
            Assert.True(FrameBytes.IsTaken(rules, Term.Node, handedOn));
            Assert.Throws<ProtocolViolationException>(() => FrameBytes.IsTaken(rules, D, handedOn));
        }
    }

    [Fact]
    public void A_block_must_come_from_a_holder()
    {
        Assert.True(Taken(D, new BlockTransfer(Work(), 1, 1, State(1))));
        Refused(D, new BlockTransfer(Work(), 1, 1, State(2)), "block 1");
        Refused(D, new BlockTransfer(Work(), 2, 1, State(2)), "stage 1 does not hold block 2");
        Refused(D, new BlockTransfer(Work(), 4, 1, State(0)), "a block is from 0 to 3, not 4");
        using var state = State(0);
        var missing = new BlockState(state.Range, [.. state.Parameters.Skip(1)]);
        Refused(A, new BlockTransfer(Work(), 0, 1, missing), "parameters, not");
    }

    [Fact]
    public void A_frame_is_accepted_once()
    {
        Assert.True(Taken(A, Activation(1)));
        Refused(A, Activation(1), "nothing is sent twice");
        Assert.True(Taken(A, Activation(2)));
        Assert.True(Taken(D, new BlockTransfer(Work(), 1, 1, State(1))));
        Refused(D, new BlockTransfer(Work(), 1, 1, State(1)), "nothing is sent twice");
        Assert.True(Taken(A, Activation(1, Work(pass: 1))));
    }

    [Fact]
    public void An_earlier_frame_is_skipped()
    {
        var earlier = Term with { Counter = 4 };
        Assert.False(Taken(A, Activation(0, Work() with { Ballot = earlier })));
        Assert.True(Taken(A, Activation(0, Work(2))));
        _b.Begin(Work(3));
        Assert.False(Taken(A, Activation(1, Work(2))));
        Assert.True(Taken(A, Activation(1, Work(3))));
        // Nor can this be used to send an impossible shape.
        Refused(A, Activation(0, Work() with { Ballot = earlier }) with { Value = zeros(7) }, "a tensor has the shape");
    }

    [Fact]
    public void A_later_frame_is_accepted_if_possible_under_any_placement()
    {
        var later = Work() with { Ballot = Term with { Counter = 6 } };
        Assert.True(Taken(D, Activation(0, later)));
        Refused(D, Activation(1, later) with { Value = zeros(7) }, "a tensor has the shape");
        _b.Expect(Plan, later.Ballot, [D, B, C, A]);
        Assert.True(Taken(D, Activation(1, later)));
        Refused(A, Activation(2, later), "stage 0 is on d");
        Assert.False(Taken(A, Activation(3)));
    }

    [Fact]
    public void A_frame_before_any_run_is_refused()
    {
        var rules = new LaneRules(B, []);
        Assert.Throws<ProtocolViolationException>(() => FrameBytes.IsTaken(rules, A, FrameBytes.Of(Activation())));
        rules.Expect(Plan, Term, Places);
        Assert.True(FrameBytes.IsTaken(rules, A, FrameBytes.Of(Activation())));
    }

    /// <summary>Otherwise a peer could send work that never begins until the memory is full.</summary>
    [Fact]
    public void Only_frames_of_the_next_steps_may_wait()
    {
        _b.Begin(Work(0));
        for (var pass = 1; pass <= 4; pass++) Assert.True(Taken(A, Activation(0, Work(pass))));
        Refused(A, Activation(0, Work(5)), "no frame is more than 4 steps ahead");
        Assert.True(Taken(C, Sent(Direction.Backward, Link.Neighbour, 2, 1) with { Work = Work(5) }));
        _b.Begin(Work(4));
        Assert.True(Taken(A, Activation(0, Work(5))));
    }

    [Fact]
    public void An_evaluation_round_has_a_limited_number_of_micro_batches()
    {
        var work = Work() with { Purpose = Purpose.Evaluation };
        var most = Math.Max(Plan.MicroBatches, 4 * Plan.Stages);
        for (var m = 0; m < most; m++) Assert.True(Taken(A, Activation(1000 + m, work)));
        Refused(A, Activation(1, work), "no more than 16 micro-batches");
    }

    private static TensorSent Sent(Direction direction, Link link, int from, int to, long[]? shape = null) =>
        new(Work(), direction, link, 0, from, to, Numbers(shape ?? ActivationShape), false, null);

    private bool Taken(NodeId from, ITensorMessage message, string? but = null)
    {
        if (but is null) return FrameBytes.IsTaken(_b, from, FrameBytes.Of(message));
        Refused(from, message, but);
        return true;
    }

    private void Refused(NodeId from, ITensorMessage message, string rule, LaneEnd receiver = LaneEnd.Stage) =>
        Assert.Contains(rule, RefusedBytes(from, FrameBytes.Of(message, receiver)), StringComparison.Ordinal);

    private string RefusedBytes(NodeId from, byte[] bytes) =>
        Assert.Throws<ProtocolViolationException>(() => FrameBytes.IsTaken(_b, from, bytes)).Message;
}
