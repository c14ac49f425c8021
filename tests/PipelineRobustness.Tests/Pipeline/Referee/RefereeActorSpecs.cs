using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>The referee in isolation: a server that orders, and stages that show, by hand.</summary>
public sealed class RefereeActorSpecs : TestKit
{
    private static readonly ExhibitKey InputKey = new(1, ExhibitKind.Input);
    private static readonly ExhibitKey StateKey = new(1, ExhibitKind.State);

    private readonly Pieces _pieces = new();
    private readonly WorkedPass _pass;
    private readonly TestProbe _server;
    private readonly TestProbe _stage;
    private readonly IActorRef _referee;
    private readonly IActorRef _watched;

    public RefereeActorSpecs(ITestOutputHelper output)
        : base(RunConfiguration.Quiet, output: output)
    {
        var rig = new Rig { Remedy = "referee", Layers = 3, Stages = 3, MicroBatches = 3 };
        _pass = new WorkedPass(rig);
        (_server, _stage) = (CreateTestProbe(), CreateTestProbe());
        _referee = Referee(_pass.Setup);
        _watched = Referee(new StageSetup(rig.Spec(new RunPorts { Behaviour = _pieces })));
    }

    private static StepId Work => WorkedPass.Work;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_referee_is_made_where_the_remedy_asks_one()
    {
        Assert.NotNull(RefereeActor.For(_pass.Setup));
        Assert.Null(RefereeActor.For(new StageSetup(new Rig { Remedy = "substitute" }.Spec())));
    }

    [Fact]
    public async Task An_exhibit_is_hashed_at_once()
    {
        var value = _pass.Value(InputKey);
        var claim = value.ToClaim();
        _referee.Tell(new ExhibitShown(Work, 2, InputKey, value));
        Assert.Equal(new ExhibitHashed(Work, new ShownExhibit(2, InputKey, claim)), await Next<ExhibitHashed>());
        _referee.Tell(new StateShown(Work, 1, StateKey, _pass.State(1)));
        Assert.Equal(new ExhibitHashed(Work, new ShownExhibit(1, StateKey, Claim.OfState(_pass.Before[1]))), await Next<ExhibitHashed>());
    }

    /// <summary>However often it says something else: its memory is the server's.</summary>
    [Fact]
    public async Task The_first_of_what_a_stage_shows_counts()
    {
        _referee.Tell(new ExhibitShown(Work, 2, InputKey, _pass.Value(InputKey)));
        await Next<ExhibitHashed>();
        var (again, state) = (ones(2), _pass.State(1));
        _referee.Tell(new ExhibitShown(Work, 2, InputKey, again));
        _referee.Tell(new StateShown(Work, 2, StateKey, _pass.State(1)));
        await Next<ExhibitHashed>();
        _referee.Tell(new StateShown(Work, 2, StateKey, state));
        _referee.Tell(new ExhibitShown(Work, 1, InputKey, _pass.Value(InputKey)));
        Assert.Equal(1, (await Next<ExhibitHashed>()).Shown.Stage);
        Assert.True(again.IsInvalid);
        Assert.All(state.Parameters, parameter => Assert.True(parameter.Weight.IsInvalid));
    }

    [Fact]
    public async Task A_hearing_of_any_value_works_from_the_exhibits_of_either_holder()
    {
        foreach (var dispute in _pass.Disputes)
        {
            var order = _pass.OrderOf(dispute);
            // Half of it by each holder.
            foreach (var (index, (key, claim, _)) in order.Hearing.Needed.Index())
            {
                Show(index % 2, key);
                Assert.Equal(claim, (await Next<ExhibitHashed>()).Shown.Claim);
            }

            _referee.Tell(order);
            Assert.Equal(new Heard(Work, dispute, order.Hearing.Owner.Claim), await Next<Heard>());
            _referee.Tell(Effect.CloseHearings.Instance);
        }
    }

    [Fact]
    public async Task Hearings_are_held_one_after_the_other()
    {
        var orders = _pass.Disputes.Where(dispute => dispute.MicroBatch is 0 && dispute.Block > 0).Select(_pass.OrderOf).ToList();
        foreach (var key in orders.SelectMany(order => order.Hearing.Needed).Select(exhibit => exhibit.Key).Distinct())
        {
            Show(0, key);
            Show(1, key);
            await Next<ExhibitHashed>();
            await Next<ExhibitHashed>();
        }

        foreach (var order in orders) _referee.Tell(order);
        foreach (var order in orders)
            Assert.Equal(new Heard(Work, order.Hearing.Dispute, order.Hearing.Owner.Claim), await Next<Heard>());
    }

    /// <summary>Both holders may lie, each otherwise: only what has the claim that is needed is worked from.</summary>
    [Fact]
    public async Task An_exhibit_with_another_claim_changes_nothing()
    {
        var order = _pass.OrderOf(new Dispute(1, DisputedValue.Output, 0));
        _referee.Tell(new ExhibitShown(Work, 1, InputKey, zeros(3, 5)));
        _referee.Tell(new ExhibitShown(Work, 1, StateKey, zeros(1)));
        _referee.Tell(new StateShown(Work, 1, StateKey, _pass.State(0)));
        _referee.Tell(new StateShown(Work, 1, InputKey, _pass.State(1)));
        Show(2, InputKey);
        Show(2, StateKey);
        _referee.Tell(order);
        for (var i = 0; i < 6; i++) await Next<ExhibitHashed>();
        Assert.Equal(order.Hearing.Owner.Claim, (await Next<Heard>()).Recomputed);
    }

    /// <summary>A state's digest covers bytes and step counts alone: no stage may have it counted with other shapes, types or names.</summary>
    [Fact]
    public async Task A_state_that_does_not_fit_its_block_has_no_claim_that_counts()
    {
        var taken = _pass.State(1);
        var swapped = taken.Parameters.Reverse().Zip(taken.Parameters, (one, other) => one with { Name = other.Name });
        foreach (var other in (BlockState[])[
            new BlockState(taken.Range, [.. swapped], taken.Hash),
            Other(tensor => tensor.to(int32)),
            Other(tensor => tensor.reshape(-1)),
            Other(tensor => tensor.to_sparse()),
            new BlockState(taken.Range, [], taken.Hash),
            _pass.State(2),
        ])
        {
            _referee.Tell(new StateShown(Work, 1, StateKey, other));
            _referee.Tell(Effect.CloseHearings.Instance);
            Assert.Equal(default, (await Next<ExhibitHashed>()).Shown.Claim);
            Assert.All(other.Parameters, parameter => Assert.True(parameter.Weight.IsInvalid));
        }

        BlockState Other(Func<Tensor, Tensor> change) => _pass.State(1).With(tensor => change(tensor).DetachFromDisposeScope());
    }

    [Fact]
    public async Task Closing_the_hearings_disposes_of_all_exhibits_and_ends_the_work()
    {
        var order = _pass.OrderOf(new Dispute(1, DisputedValue.Sums));
        foreach (var exhibit in order.Hearing.Needed) Show(1, exhibit.Key);
        var (input, state) = (_pass.Value(InputKey), _pass.State(1));
        var again = _pass.Value(InputKey);
        _referee.Tell(new ExhibitShown(Work, 2, InputKey with { MicroBatch = 7 }, input));
        _referee.Tell(new ExhibitShown(Work, 0, InputKey, again));
        _referee.Tell(new StateShown(Work, 2, StateKey with { Kind = ExhibitKind.StateBefore }, state));
        _referee.Tell(order);
        _referee.Tell(Effect.CloseHearings.Instance);
        // What follows is answered; what was ordered before is not.
        Show(1, InputKey);
        for (var i = 0; i < order.Hearing.Needed.Length + 4; i++) await Next<ExhibitHashed>();
        Assert.True(input.IsInvalid && again.IsInvalid);
        Assert.All(state.Parameters, parameter => Assert.True(parameter.Weight.IsInvalid));
        await _server.ExpectNoMsgAsync(TimeSpan.Zero, Stop);
    }

    [Fact]
    public async Task A_referee_that_ends_disposes_of_its_exhibits()
    {
        var input = _pass.Value(InputKey);
        _referee.Tell(new ExhibitShown(Work, 2, InputKey, input));
        await Next<ExhibitHashed>();
        _server.Watch(_referee);
        Sys.Stop(_referee);
        await _server.ExpectTerminatedAsync(_referee, cancellationToken: Stop);
        Assert.True(input.IsInvalid);
    }

    [Theory]
    [InlineData(Direction.Forward, Link.Neighbour)]
    [InlineData(Direction.Forward, Link.Jump)]
    [InlineData(Direction.Backward, Link.Neighbour)]
    [InlineData(Direction.Backward, Link.Tied)]
    public async Task A_relayed_tensor_is_hashed_and_handed_on_with_the_same_bytes(Direction direction, Link link)
    {
        var value = rand(2, 3);
        var (claim, bytes) = (value.ToClaim(), value.bytes.ToArray());
        var microBatch = link == Link.Tied ? 0 : 2;
        _referee.Tell(new Effect.HandOn(new TensorSent(Work, direction, link, microBatch, 0, 1, value, false, null), _stage));
        var relayed = await Next<TensorRelayed>();
        Assert.Equal(new TensorRelayed(Work, new StageLink(direction, link, 0, 1), link == Link.Tied ? null : 2, claim), relayed);
        using var sent = await _stage.ExpectMsgAsync<TensorSent>(cancellationToken: Stop);
        Assert.Equal((Work, direction, link, microBatch, 0, 1), (sent.Work, sent.Direction, sent.Link, sent.MicroBatch, sent.From, sent.To));
        Assert.Equal(bytes, sent.Value.bytes.ToArray());
    }

    /// <summary>The claim that the sender is held to is about the value: a rejection, or an enclosed value, would bypass it.</summary>
    [Fact]
    public async Task A_relayed_message_is_handed_on_with_its_value_alone()
    {
        var enclosed = ones(1);
        _referee.Tell(new Effect.HandOn(new TensorSent(Work, Direction.Forward, Link.Neighbour, 0, 0, 1, rand(2), true, enclosed), _stage));
        using var sent = await _stage.ExpectMsgAsync<TensorSent>(cancellationToken: Stop);
        Assert.False(sent.Rejected);
        Assert.Null(sent.Enclosed);
        Assert.True(enclosed.IsInvalid);
    }

    [Fact]
    public async Task A_shown_state_is_handed_on_to_the_stage_that_is_to_have_it()
    {
        _referee.Tell(new StateShown(Work, 1, StateKey, _pass.State(1)));
        var claim = (await Next<ExhibitHashed>()).Shown.Claim;
        _referee.Tell(new Effect.HandOnState(Work, StateKey, claim, 2, _stage));
        using var transfer = await _stage.ExpectMsgAsync<BlockTransfer>(cancellationToken: Stop);
        Assert.Equal((Work, 1, 2, _pass.Before[1]), (transfer.Work, transfer.Block, transfer.To, transfer.State.Digest()));
    }

    /// <summary>The source may have shown it twice, or once for both.</summary>
    [Fact]
    public async Task A_shown_state_is_handed_on_to_every_stage_that_is_to_have_it()
    {
        foreach (var _ in (int[])[1, 2]) _referee.Tell(new StateShown(Work, 1, StateKey, _pass.State(1)));
        var claim = (await Next<ExhibitHashed>()).Shown.Claim;
        foreach (var to in (int[])[1, 2])
        {
            _referee.Tell(new Effect.HandOnState(Work, StateKey, claim, to, _stage));
            using var transfer = await _stage.ExpectMsgAsync<BlockTransfer>(cancellationToken: Stop);
            Assert.Equal((to, _pass.Before[1]), (transfer.To, transfer.State.Digest()));
        }
    }

    [Fact]
    public async Task A_hearing_that_cannot_be_worked_stops_the_referee_with_one_line()
    {
        var order = _pass.OrderOf(new Dispute(1, DisputedValue.Sums));
        Show(1, StateKey);
        await Next<ExhibitHashed>();
        _referee.Tell(order);
        var failure = await _server.ExpectMsgAsync<StageException>(cancellationToken: Stop);
        Assert.StartsWith($"{Work}, Sums of block 1: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("was not shown", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    /// <summary>In virtual time each piece takes as long as a stage's.</summary>
    [Fact]
    public async Task The_behaviour_is_called_before_each_piece_of_a_hearing()
    {
        var order = _pass.OrderOf(new Dispute(1, DisputedValue.Sums));
        foreach (var (key, _, _) in order.Hearing.Needed) _watched.Tell(Shown(1, key));
        _watched.Tell(order);
        for (var i = 0; i < order.Hearing.Needed.Length; i++) await Next<ExhibitHashed>();
        await Next<Heard>();
        Assert.Equal(
            from microBatch in Enumerable.Range(0, 3)
            from direction in (Direction[])[Direction.Forward, Direction.Backward]
            select new HearingContext(1, 2, microBatch, direction, 1),
            _pieces.Heard);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _pass.Dispose();
    }

    // To the parent, in its place.
    private IActorRef Referee(StageSetup setup)
    {
        var props = Props.Create(() => new RefereeActor(setup)).WithDispatcher(Dispatchers.Stages);
        return Sys.ActorOf(Props.Create(() => new Parent(props, _server))).Ask<IActorRef>("child", Stop).GetAwaiter().GetResult();
    }

    private void Show(int holder, ExhibitKey key) => _referee.Tell(Shown(holder, key));

    private ITensorMessage Shown(int holder, ExhibitKey key)
    {
        var stage = (key.Block + holder) % 3;
        return WorkedPass.IsState(key) ? new StateShown(Work, stage, key, _pass.State(key.Block)) : new ExhibitShown(Work, stage, key, _pass.Value(key));
    }

    private async Task<T> Next<T>() => await _server.ExpectMsgAsync<T>(cancellationToken: Stop);

    private sealed class Parent : ReceiveActor
    {
        private readonly IActorRef _server;

        public Parent(Props referee, IActorRef server)
        {
            _server = server;
            var child = Context.ActorOf(referee);
            Receive<string>(_ => Sender.Tell(child));
            ReceiveAny(server.Forward);
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e =>
        {
            _server.Tell(e);
            return Directive.Stop;
        });
    }

    private sealed class Pieces : IStageBehaviour
    {
        public List<HearingContext> Heard { get; } = [];

        public void BeforeHearing(HearingContext context) => Heard.Add(context);
    }
}
