using System.Collections.Immutable;
using System.Security.Cryptography;
using Akka.TestKit.Xunit;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>What stages keep for a hearing and show, and the states that they step to, report and give away.</summary>
public sealed class ExhibitSpecs : TestKit
{
    private static readonly Rig Small = new() { Layers = 4, Stages = 4, MicroBatches = 2 };
    private static readonly StepId Work = WitnessedRing.Training();

    public ExhibitSpecs(ITestOutputHelper output)
        : base(RunConfiguration.Quiet, output: output)
    {
    }

    public static MatrixTheoryData<int, bool, bool> Pipelines => new([3, 4, 6], [true, false], [true, false]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Pipelines))]
    public async Task Both_holders_of_a_block_show_what_a_hearing_of_it_needs(int stages, bool tied, bool recompute)
    {
        var ring = await Placed(new Rig { Layers = stages, Stages = stages, MicroBatches = 2, Tied = tied, Recompute = recompute });
        var digests = ring.Present.Select(state => state.Own!.Value).ToImmutableArray();
        var pass = await ring.Work(Work);
        await AssertShown(ring, Work, Hearings(ring, pass, digests));
        // A later server asks in the name of its own ballot.
        var later = new Ballot(2, new NodeId("other"));
        await ring.Query(later);
        await AssertShown(ring, Work with { Ballot = later }, Hearings(ring, pass, digests));
    }

    [Theory, MemberData(nameof(Pipelines))]
    public async Task The_state_from_before_a_step_is_shown_until_the_next_pass_begins(int stages, bool tied, bool recompute)
    {
        var ring = await Placed(new Rig { Layers = stages, Stages = stages, MicroBatches = 2, Tied = tied, Recompute = recompute });
        var before = ring.Present.Select(state => state.Own!.Value).ToImmutableArray();
        var pass = await ring.Work(Work);
        var committed = await ring.Commit(Work);
        var (own, copy) = (committed.Select(one => one.Own).ToImmutableArray(), committed.Select(one => one.Copy!.Value).ToImmutableArray());
        Assert.Empty(StepRules.Breaches(ring.Ring, own, copy));
        Assert.All(own.Zip(before), pair => Assert.NotEqual(pair.First, pair.Second));
        var hearings = ring.Ring.Blocks.Select(block => Hearing.OfStep(block, pass.Stated, before[block], own[block], own[block])).ToList();
        await AssertShown(ring, Work, hearings);
        foreach (var block in ring.Ring.Blocks) Assert.Empty((await ring.Show(Work, block, new ExhibitKey(block, ExhibitKind.StateBefore))).Listed);
        var later = new Ballot(2, new NodeId("other"));
        await ring.Query(later);
        await AssertShown(ring, Work with { Ballot = later }, hearings);
        var next = new StepId(later, 1, Purpose.Evaluation, 0, 0, 0);
        ring.Begin(next, kind: PassKind.Evaluation);
        foreach (var exhibit in hearings.SelectMany(hearing => hearing.Needed))
            Assert.Empty((await ring.Show(next, exhibit.StatedBy[0], exhibit.Key)).Listed);
    }

    [Fact]
    public async Task A_pass_that_begins_replaces_the_exhibits_of_the_one_before()
    {
        var ring = await Placed(Small);
        var digests = ring.Present.Select(state => state.Own!.Value).ToImmutableArray();
        await ring.Work(Work);
        var again = WitnessedRing.Training(retry: 1);
        await AssertShown(ring, again, Hearings(ring, await ring.Work(again), digests));
    }

    /// <summary>Its attempt is repeated: there is nothing to hear.</summary>
    [Fact]
    public async Task A_query_during_a_pass_leaves_no_exhibits()
    {
        var ring = await Placed(Small, new ScriptedConduct { OnWithhold = context => context is { Stage: 2, Direction: Direction.Backward, MicroBatch: 1 } });
        await ring.BeginInVain(Work, 18);
        var input = new ExhibitKey(1, ExhibitKind.Input);
        Assert.Equal([input], (await ring.Show(Work, 1, input)).Listed);
        var later = new Ballot(2, new NodeId("other"));
        await ring.Query(later);
        Assert.Empty((await ring.Show(Work with { Ballot = later }, 1, input)).Listed);
    }

    [Fact]
    public async Task A_stage_shows_only_what_it_lists_and_lists_only_what_it_has()
    {
        var ring = await Placed(Small);
        await ring.Work(Work);
        ExhibitKey[] keys =
        [
            new(1, ExhibitKind.Input, 1), new(2, ExhibitKind.StateBefore), new(3, ExhibitKind.Input), new(2, ExhibitKind.Gradient, 7),
            new(2, ExhibitKind.State), new(0, ExhibitKind.State), new(2, ExhibitKind.OtherPart), new(2, ExhibitKind.Gradient, 1),
        ];
        var (listed, shown) = await ring.Show(Work, 2, keys);
        Assert.Equal([keys[0], keys[4], keys[7]], listed);
        Assert.Equal(listed, shown.Select(one => one.Key));
        Assert.All(shown, one => Assert.Equal(2, one.Stage));
    }

    [Fact]
    public async Task An_order_of_a_lower_ballot_shows_nothing()
    {
        var ring = await Placed(Small);
        await ring.Work(Work);
        await ring.Query(new Ballot(2, new NodeId("other")));
        ring.Tell(1, new ShowExhibits(Work, [new ExhibitKey(1, ExhibitKind.Input)]));
        Assert.Equal(Work.Ballot, (await ring.Receive<Superseded>()).Refused);
    }

    [Theory]
    [InlineData(ExhibitKind.Input, 1)]
    [InlineData(ExhibitKind.Gradient, 1)]
    [InlineData(ExhibitKind.State, null)]
    public async Task Exhibits_are_shown_by_way_of_the_behaviour(ExhibitKind kind, int? microBatch)
    {
        var hides = false;
        var conduct = new ScriptedConduct
        {
            OnShow = (context, m, honest) => context != new HeldContext(0, 3, 2, 0, 1) || m != microBatch ? honest
                : Volatile.Read(ref hides) ? null : ScriptedConduct.Other(honest),
        };
        var ring = await Placed(Small, conduct);
        var work = WitnessedRing.Training(attempt: 3);
        await ring.Work(work);
        var key = new ExhibitKey(1, kind, microBatch ?? 0);
        var truth = (await ring.Show(work, 1, key)).Shown.Single().Claim;
        Assert.NotEqual(truth, (await ring.Show(work, 2, key)).Shown.Single().Claim);
        Volatile.Write(ref hides, true);
        Assert.Empty((await ring.Show(work, 2, key)).Listed);
        // It has kept what it hid.
        Assert.Equal(truth, (await ring.Show(work, 1, key)).Shown.Single().Claim);
    }

    [Fact]
    public async Task Under_the_referee_digests_of_states_are_128_bits_of_SHA256()
    {
        var ring = await Placed(Small);
        await ring.Work(Work);
        var committed = await ring.Commit(Work);
        foreach (var stage in ring.Ring.Blocks)
        {
            var receiver = CreateTestProbe();
            ring.Tell(stage, new SendBlock(Work, stage, 0, receiver));
            using var given = await receiver.ExpectMsgAsync<BlockTransfer>(cancellationToken: Stop);
            Assert.Equal(committed[stage].Own, DigestOf(given.State));
            Assert.Equal(committed[stage].Own, given.State.Digest());
        }
    }

    /// <summary>Of every other run they are what they always were.</summary>
    [Theory]
    [InlineData("off", StateHash.Xxh128)]
    [InlineData("substitute", StateHash.Xxh128)]
    [InlineData("referee", StateHash.Sha256)]
    public void A_remedy_chooses_the_hash_of_states(string remedy, StateHash hash) =>
        Assert.Equal(hash, (Small with { Remedy = remedy }).Plan.Defence.StateHash);

    [Fact]
    public async Task A_step_is_taken_by_way_of_the_behaviour()
    {
        var conduct = new ScriptedConduct
        {
            OnUpdate = (context, state, honest) =>
            {
                Assert.Equal(0, state.Count % 3);
                if (context != new HeldContext(0, 0, 2, 0, 1)) honest();
            },
        };
        var ring = await Placed(Small, conduct);
        var before = ring.Present[1].Own!.Value;
        await ring.Work(Work);
        var committed = await ring.Commit(Work);
        Assert.Equal(before, committed[2].Copy);
        Assert.NotEqual(before, committed[1].Own);
        // The next pass finds no gradient of the step that it left out.
        var next = new StepId(WitnessedRing.Term, 1, Purpose.Training, 0, 0, 0);
        var pass = await ring.Work(next);
        var breaches = RefereeRules.Of(ring.Ring).Breaches(pass.Stated);
        Assert.Equal(new Dispute(1, DisputedValue.Output, 0), Assert.IsType<RuleBreach.DisputedBlock>(Assert.Single(breaches)).Dispute);
    }

    /// <summary>A server that takes over in a hearing of a step finds the same dispute.</summary>
    [Fact]
    public async Task A_digest_after_a_step_is_reported_alike_however_often()
    {
        var conduct = new ScriptedConduct { OnDigest = (context, honest) => context == new HeldContext(0, 0, 3, 0, 3) ? honest + 1 : honest };
        var ring = await Placed(Small, conduct);
        await ring.Work(Work);
        var committed = await ring.Commit(Work);
        Assert.Equal(committed[3].Own, committed[0].Copy + 1);
        Assert.Equal(committed, await ring.Commit(Work));
        await ring.Query(new Ballot(2, new NodeId("other")));
        Assert.Equal(committed.Select(one => ((UInt128?)one.Own, one.Copy)), ring.Present.Select(state => (state.Own, state.Copy)));
    }

    [Fact]
    public async Task A_state_that_is_given_away_falsely_reaches_the_receiver_alone()
    {
        var conduct = new ScriptedConduct
        {
            OnGive = (context, state) =>
            {
                Assert.Equal((2, 0), (context.Stage, context.Seat));
                using var none = TorchSharp.torch.no_grad();
                state[0].add_(1);
            },
        };
        var ring = await Placed(Small, conduct);
        var truth = ring.Present[2];
        var receiver = CreateTestProbe();
        ring.Tell(2, new SendBlock(Work, 1, 1, receiver));
        using (var given = await receiver.ExpectMsgAsync<BlockTransfer>(cancellationToken: Stop)) Assert.NotEqual(truth.Copy, given.State.Digest());
        ring.Tell(2, new SendBlock(Work, 2, 3, ring.Server));
        using (var given = await ring.Receive<StateShown>())
        {
            Assert.Equal((2, new ExhibitKey(2, ExhibitKind.State)), (given.Stage, given.Key));
            Assert.NotEqual(truth.Own, given.State.Digest());
        }

        ring.Tell(2, new CollectBlock(Work));
        using (var given = await ring.Receive<BlockCollected>()) Assert.NotEqual(truth.Own, given.State.Digest());
        ring.Tell(2, new StateQuery(new Ballot(2, new NodeId("other")), new RunKey("rig", 0), ring.Server));
        var after = await ring.Receive<StageState>();
        Assert.Equal((truth.Own, truth.Copy), (after.Own, after.Copy));
    }

    private static IReadOnlyList<Hearing> Hearings(WitnessedRing ring, WitnessedPass pass, ImmutableArray<UInt128> digests) =>
    [
        .. from block in ring.Ring.Blocks
           from dispute in (Dispute[])
           [
               new(block, DisputedValue.Output, 1), .. block == 0 ? Array.Empty<Dispute>() : [new(block, DisputedValue.InputGradient, 0)],
               new(block, DisputedValue.Sums), .. ring.Ring.HasTiedPart(block) ? [new Dispute(block, DisputedValue.TiedPart)] : Array.Empty<Dispute>(),
           ]
           select Hearing.Of(dispute, pass.Stated, digests),
    ];

    private static async Task AssertShown(WitnessedRing ring, StepId work, IReadOnlyList<Hearing> hearings)
    {
        var needed = hearings.SelectMany(hearing => hearing.Needed).Distinct().ToList();
        foreach (var stage in ring.Ring.Blocks)
        {
            var asked = needed.Where(exhibit => exhibit.StatedBy.Contains(stage)).DistinctBy(exhibit => exhibit.Key).ToList();
            var (listed, shown) = await ring.Show(work, stage, [.. asked.Select(exhibit => exhibit.Key)]);
            Assert.Equal(asked.Select(exhibit => exhibit.Key), listed);
            Assert.Equal(asked.Select(exhibit => new ShownExhibit(stage, exhibit.Key, exhibit.Claim)), shown);
        }
    }

    private static UInt128 DigestOf(BlockState state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in state.Parameters)
        {
            foreach (var tensor in (TorchSharp.torch.Tensor[])[parameter.Weight, parameter.FirstMoment, parameter.SecondMoment]) hash.AppendData(tensor.bytes);
            hash.AppendData(BitConverter.GetBytes(parameter.Steps));
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash.GetHashAndReset());
    }

    private Task<WitnessedRing> Placed(Rig rig, IStageBehaviour? conduct = null) => new WitnessedRing(this, rig, conduct).Place();
}
