using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>What the central server gives to its referee, and what stages say to it; the test plays the stages.</summary>
public sealed class ServerRefereeSpecs(ITestOutputHelper output) : PlayedStages(output)
{
    private const int MicroBatches = 2;
    private static readonly ExhibitKey Input = new(1, ExhibitKind.Input);
    private static readonly StageLink Relayed = new(Direction.Forward, Link.Jump, 1, 0);

    private readonly Rig _rig = new() { Stages = Stages, Iterations = 1, MicroBatches = MicroBatches, Remedy = "referee" };

    [Fact]
    public async Task A_tensor_of_a_relayed_link_is_handed_on_once()
    {
        var server = await Begin(Rulings.None.With([new Ruling(0, 0, Act.Forward, 0, null, Relayed)], []));
        var work = (await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop)).Work;
        Assert.Equal(1, work.Attempt);
        var (first, again, direct, posing, brought) = (ones(2), ones(2), ones(2), zeros(2), zeros(2));
        server.Tell(new LaneDelivery(
            new NodeId("node-2"), new TensorSent(work, Relayed.Direction, Relayed.Link, 0, Relayed.From, Relayed.To, brought, false, null)));
        server.Tell(new TensorSent(work, Relayed.Direction, Relayed.Link, 0, Relayed.From, Relayed.To, posing, false, null), Played[2]);
        server.Tell(new TensorSent(work, Relayed.Direction, Relayed.Link, 0, Relayed.From, Relayed.To, first, false, null), Played[1]);
        server.Tell(new TensorSent(work, Relayed.Direction, Relayed.Link, 0, Relayed.From, Relayed.To, again, false, null), Played[1]);
        server.Tell(new TensorSent(work, Direction.Forward, Link.Neighbour, 0, 0, 1, direct, false, null), Played[0]);
        await AwaitConditionAsync(() => Task.FromResult(again.IsInvalid && direct.IsInvalid && posing.IsInvalid && brought.IsInvalid), cancellationToken: Stop);
        using var handedOn = (TensorSent)await Played[0].FishForMessageAsync(message => message is TensorSent, cancellationToken: Stop);
        Assert.Equal([1, 1], handedOn.Value.data<float>().ToArray());
    }

    [Fact]
    public async Task An_exhibit_that_was_not_asked_for_is_disposed_of()
    {
        var (server, work) = await Dispute();
        var (another, late, posing) = (ones(2), ones(2), ones(2));
        server.Tell(new ExhibitShown(work, 1, Input, posing), Played[2]);
        server.Tell(new ExhibitShown(work, 0, Input, another), Played[0]);
        server.Tell(new ExhibitShown(work with { Attempt = 7 }, 1, Input, late), Played[1]);
        await AwaitConditionAsync(() => Task.FromResult(another.IsInvalid && late.IsInvalid && posing.IsInvalid), cancellationToken: Stop);
    }

    /// <summary>Both have stated it. What a third says of them does not count.</summary>
    [Fact]
    public async Task Holders_that_show_nothing_are_convicted_by_their_own_word()
    {
        var (server, work) = await Dispute();
        foreach (var stage in (int[])[1, 2]) server.Tell(new ExhibitsListed(work, stage, []), Played[0]);
        server.Tell(new ExhibitShown(work, 1, Input, ones(2)), Played[1]);
        foreach (var stage in (int[])[1, 2]) server.Tell(new ExhibitsListed(work, stage, []), Played[stage]);
        var next = (BeginPass)await Played[0].FishForMessageAsync(message => message is BeginPass, cancellationToken: Stop);
        Assert.Equal(1, next.Work.Attempt);
        Assert.Equal([(1, 0, Node), (2, 0, Node)], next.Rulings.All.Select(made => (made.Convicted!.Stage, made.Convicted.Seat, made.Convicted.Node)));
        Assert.Equal(next.Rulings.All, Heard.Events.OfType<RulingMade>().Select(made => made.Ruling));
    }

    /// <summary>
    /// Stage 1 hands in a statement that is complete and in which it lies in nothing, but signed for another pass, run or stage, by another
    /// node, or by none: so it cannot be held to it.
    /// </summary>
    [Theory]
    [InlineData("nothing")]
    [InlineData("by another node")]
    [InlineData("of another run")]
    [InlineData("of another pass")]
    [InlineData("of another attempt")]
    [InlineData("of another stage")]
    [InlineData("of another statement")]
    public async Task A_stage_whose_statement_is_wrongly_signed_is_convicted(string signature)
    {
        using var other = NodeKey.Draw();
        var server = await Begin(Rulings.None);
        var work = (await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop)).Work;
        State(server, work, stage => stage != 1 ? Signed(work, Agreed(stage)) : new PassStated(work, Agreed(1), signature switch
        {
            "by another node" => other.Sign(StatementBytes.Of(_rig.Plan.Name, work, Agreed(1))),
            "of another run" => Rig.Key.Sign(StatementBytes.Of("another", work, Agreed(1))),
            "of another pass" => Rig.Key.Sign(StatementBytes.Of(_rig.Plan.Name, work with { Iteration = 7 }, Agreed(1))),
            "of another attempt" => Rig.Key.Sign(StatementBytes.Of(_rig.Plan.Name, work with { Attempt = 7 }, Agreed(1))),
            "of another stage" => Rig.Key.Sign(StatementBytes.Of(_rig.Plan.Name, work, Agreed(2))),
            "of another statement" => Rig.Key.Sign(StatementBytes.Of(_rig.Plan.Name, work, Statement(1) with { Forward = [] })),
            _ => [],
        }));
        var next = (BeginPass)await Played[0].FishForMessageAsync(message => message is BeginPass, cancellationToken: Stop);
        var made = Assert.Single(next.Rulings.All);
        Assert.Equal((Act.Statement, 1, Node), (made.Act, made.Convicted!.Stage, made.Convicted.Node));
    }

    /// <summary>A pass that is repeated after a failure comes to the same statement: who signed it once may hand it in again.</summary>
    [Fact]
    public async Task A_statement_signed_under_an_earlier_ballot_counts()
    {
        var server = await Begin(Rulings.None);
        var work = (await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop)).Work;
        var before = work with { Ballot = new Ballot(0, Node), Retry = 3 };
        State(server, work, stage => Signed(before, Agreed(stage)) with { Work = work });
        await Played[0].FishForMessageAsync(message => message is Commit, cancellationToken: Stop);
        Assert.Empty(Heard.Events.OfType<RulingMade>());
    }

    private PassStated Signed(StepId work, Statement statement) =>
        new(work, statement, Rig.Key.Sign(StatementBytes.Of(_rig.Plan.Name, work, statement)));

    private static Claim Said { get; } = Claim.OfTensor(1, [1], [7]);

    // Stage 2 states that its copy of block 1 gave something else.
    private async Task<(IActorRef Server, StepId Work)> Dispute()
    {
        var server = await Begin(Rulings.None);
        var work = (await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop)).Work;
        State(server, work, stage => Signed(work, Statement(stage)));
        await Played[1].FishForMessageAsync(message => message is ShowExhibits, cancellationToken: Stop);
        return (server, work);
    }

    private void State(IActorRef server, StepId work, Func<int, PassStated> stated)
    {
        foreach (var stage in Enumerable.Range(0, Stages))
        {
            var report = new HolderReport(stage, [4.0], (UInt128)stage);
            server.Tell(new Prepared(work, stage, report, null, null, ""), Played[stage]);
            server.Tell(stated(stage), Detectors[stage]);
        }
    }

    // The same without the difference that stage 2 states.
    private static Statement Agreed(int stage) =>
        Statement(stage) is var stated && stage == 2 ? stated with { Forward = [.. stated.Forward.Select(claims => claims with { Copy = Said })] } : stated;

    private static Statement Statement(int stage)
    {
        var (last, copied) = (Stages - 1, (stage + Stages - 1) % Stages);
        var forward = Enumerable.Range(0, MicroBatches).Select(microBatch => new ForwardClaims(
            stage == 0 ? null : Said, copied == 0 ? null : Said, Said, stage == 2 && microBatch == 0 ? default : Said));
        var backward = Enumerable.Repeat(new BackwardClaims(stage == last ? null : Said, stage == 0 ? null : Said, copied == 0 ? null : Said), MicroBatches);
        return new Statement(stage, [.. forward], [.. backward], Sums(stage, waits: true), Sums(copied, waits: stage > 0));

        BlockSums Sums(int block, bool waits) => new(
            new HolderReport(block, [4.0], (UInt128)block), block == 1 ? null : Said, block == 1 || !waits ? null : Said, block == last ? 1.5 : null);
    }

    private async Task<IActorRef> Begin(Rulings known)
    {
        var plan = _rig.Plan with { HasOneNode = true };
        plan = plan with { Defence = plan.Defence with { QuarantineAfter = 2 } };
        var (server, ballot) = await BeginQuery(_rig.Spec() with { Plan = plan }, [.. Played.Select(stage => stage.Ref)]);
        for (var stage = 0; stage < Stages; stage++) server.Tell(Present(ballot, stage, known), Played[stage]);
        await ExpectAddresses();
        return server;
    }

    private StageState Present(Ballot ballot, int stage, Rulings known) => new(
        ballot, Node, stage, Played[stage], Detectors[stage], 0, (UInt128)stage, (UInt128)((stage + Stages - 1) % Stages), null, null, null, known, 0);
}
