using Akka.TestKit.Xunit;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Stages;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>What a stage is sent by another than the one that owes it, past the referee, or in excess, changes nothing that it states.</summary>
public sealed class UnorderedTensorSpecs : TestKit
{
    private static readonly Rig Small = new() { Layers = 4, Stages = 4, MicroBatches = 2 };
    private static readonly StepId Work = WitnessedRing.Training();

    public UnorderedTensorSpecs(ITestOutputHelper output)
        : base(RunConfiguration.Quiet, output: output)
    {
    }

    public static TheoryData<int> Links => [.. Enumerable.Range(0, new Ring(Small.Stages, Small.MicroBatches, IsTied: true).Links.Count())];

    public static TheoryData<string> Forms => [.. TensorForms.All.Keys];

    private static Tensor Other => ones(Small.MicroBatchSize, 8, 16);

    [Theory, MemberData(nameof(Links))]
    public async Task A_tensor_of_another_stage_does_not_count_on_any_link(int number)
    {
        var ring = await Placed();
        var link = ring.Ring.Links.ElementAt(number);
        ring.Send(Enumerable.Range(0, Small.Stages).First(stage => !link.Joins(stage)), link.To, Sent(link));
        await AssertClean(ring, await ring.Work(Work));
    }

    /// <summary>A lane may have brought it before it was known there which stage is where: then it waits for its pass to begin.</summary>
    [Theory, MemberData(nameof(Links))]
    public async Task A_tensor_that_a_lane_brings_from_another_node_does_not_count(int number)
    {
        var ring = await Placed();
        var link = ring.Ring.Links.ElementAt(number);
        ring.Bring(WitnessedRing.NodeOf(Enumerable.Range(0, Small.Stages).First(stage => !link.Joins(stage))), link.To, Sent(link));
        await AssertClean(ring, await ring.Work(Work));
    }

    /// <summary>Its end could have the receiver convicted, which states what came first.</summary>
    [Theory, MemberData(nameof(Links))]
    public async Task A_tensor_that_goes_past_the_referee_does_not_count(int number)
    {
        var ring = await Placed();
        var link = ring.Ring.Links.ElementAt(number);
        ring.Send(link.From, link.To, Sent(link));
        await AssertClean(ring, await ring.Work(Work, Rulings.None.With([new Ruling(0, 0, link.Act, null, null, link)], [])));
    }

    /// <summary>No remedy here asks for it, and no claim covers it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rejection_and_an_enclosed_value_do_not_count(bool encloses)
    {
        var ring = await new WitnessedRing(this, Small)
        {
            Alters = sent => sent is { Link: Link.Neighbour, From: 1, To: 2 } ? sent with { Rejected = true, Enclosed = encloses ? Other : null } : sent,
        }.Place();
        await AssertClean(ring, await ring.Work(Work));
    }

    /// <summary>Else a stage would work on other numbers than those that it and its sender have claimed, or could not work at all.</summary>
    [Theory, MemberData(nameof(Forms))]
    public async Task Numbers_are_the_same_in_any_form_that_torch_holds_them(string form)
    {
        var ring = await new WitnessedRing(this, Small) { Alters = sent => InForm(form, sent) }.Place();
        await AssertClean(ring, await ring.Work(Work));
    }

    [Fact]
    public async Task A_tensor_that_no_link_carries_is_not_kept()
    {
        var ring = await Placed();
        Tensor[] values = [Other, Other, Other, Other];
        ring.Send(1, 2, Sent(new StageLink(Direction.Forward, Link.Neighbour, 1, 2), values[0]) with { MicroBatch = Small.MicroBatches });
        ring.Send(1, 2, Sent(new StageLink(Direction.Forward, Link.Neighbour, 1, 2), values[1]) with { MicroBatch = -1 });
        ring.Send(0, 2, Sent(new StageLink(Direction.Backward, Link.Tied, 0, 2), values[2]));
        ring.Send(3, 0, Sent(new StageLink(Direction.Forward, Link.Neighbour, 3, 0), values[3]));
        await AssertClean(ring, await ring.Work(Work));
        Assert.All(values, value => Assert.True(value.IsInvalid));
    }

    [Fact]
    public async Task A_state_that_was_not_ordered_changes_no_block()
    {
        var ring = await Placed();
        ring.Tell(2, new SendBlock(Work, 2, 2, ring.Server));
        using var state = (await ring.Receive<StateShown>()).State;
        foreach (var tensor in state.LiveState) tensor.add_(1);
        ring.Send(3, 2, Forged(state, tensor => tensor.Share()));
        ring.Send(3, 2, Forged(state, tensor => tensor.reshape(-1)));
        ring.Send(3, 2, Forged(state, tensor => tensor.Share()) with { Block = 0 });
        await AssertClean(ring, await ring.Work(Work));
        ring.Send(3, 2, Forged(state, tensor => tensor.Share()));
        await AssertClean(ring, await ring.Work(Work with { Attempt = 1 }));
    }

    /// <summary>What the referee hands on convicts its receiver if that has another state: so it comes from the server alone.</summary>
    [Fact]
    public async Task A_state_that_another_hands_on_in_the_referee_s_place_is_not_reported()
    {
        var ring = await Placed();
        var handedOn = Work with { Attempt = 0, Pass = 1 };
        ring.Tell(2, new SendBlock(handedOn, 2, 2, ring.Server));
        using var state = (await ring.Receive<StateShown>()).State;
        using var other = state.With(tensor => tensor.add(1).DetachFromDisposeScope());
        ring.Send(3, 2, Forged(other, tensor => tensor.Share()) with { Work = handedOn });
        ring.Bring(WitnessedRing.NodeOf(3), 2, Forged(other, tensor => tensor.Share()) with { Work = handedOn });
        ring.Tell(2, Forged(state, tensor => tensor.Share()) with { Work = handedOn });
        Assert.Equal((handedOn, state.Digest()), await ring.Receive<BlockRestored>() is var only ? (only.Work, only.Digest) : default);
    }

    private static TensorSent Sent(StageLink link, Tensor? value = null) => new(
        Work with { Attempt = 0 }, link.Direction, link.Link, 0, link.From, link.To, value ?? (link.Link == Link.Tied ? ones(29, 16) : Other), false, null);

    private static TensorSent InForm(string form, TensorSent sent)
    {
        using var honest = sent.Value;
        return sent with { Value = TensorForms.All[form](honest) };
    }

    private static BlockTransfer Forged(BlockState state, Func<Tensor, Tensor> change) =>
        new(Work, 2, 2, state.With(tensor => change(tensor).DetachFromDisposeScope()));

    private Task<WitnessedRing> Placed() => new WitnessedRing(this, Small).Place();

    private async Task AssertClean(WitnessedRing ring, WitnessedPass pass)
    {
        var clean = await (await Placed()).Work(Work);
        Assert.Equal(clean.Claims, pass.Claims);
        Assert.Empty(RefereeRules.Of(ring.Ring).Breaches(pass.Stated));
    }
}
