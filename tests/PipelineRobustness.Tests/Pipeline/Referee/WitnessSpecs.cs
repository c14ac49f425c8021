using System.Collections.Concurrent;
using Akka.TestKit.Xunit;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>What the stages of a pipeline state about a pass, without a server.</summary>
public sealed class WitnessSpecs : TestKit
{
    private static readonly Rig Small = new() { Layers = 4, Stages = 4, MicroBatches = 2 };

    public WitnessSpecs(ITestOutputHelper output)
        : base(RunConfiguration.Quiet, output: output)
    {
    }

    public static MatrixTheoryData<int, bool, bool> Pipelines => new([3, 4, 6], [true, false], [true, false]);

    public static TheoryData<int, Direction, StatementPart> Parts
    {
        get
        {
            var parts = new TheoryData<int, Direction, StatementPart>();
            foreach (var stage in Enumerable.Range(0, Small.Stages))
            {
                foreach (var part in Enum.GetValues<StatementPart>())
                {
                    if (part <= StatementPart.Copy) parts.Add(stage, Direction.Forward, part);
                    if (part != StatementPart.Jumped) parts.Add(stage, Direction.Backward, part);
                }
            }

            return parts;
        }
    }

    [Theory, MemberData(nameof(Pipelines))]
    public async Task Honest_stages_keep_every_rule_and_claim_what_went(int stages, bool tied, bool recompute)
    {
        var ring = await Placed(new Rig { Layers = stages, Stages = stages, MicroBatches = 3, Tied = tied, Recompute = recompute });
        var pass = await ring.Work(WitnessedRing.Training());
        Assert.Empty(RefereeRules.Of(ring.Ring).Breaches(pass.Stated));
        // The last stage sends no loss, and no copy its gradient.
        var links = ring.Ring.Links.SelectMany(link => Enumerable.Range(0, link.Link == Link.Tied ? 1 : 3).Select(m => (link, m))).ToList();
        Assert.Equal(links.ToHashSet(), ring.Went.Select(went => (went.Link, went.MicroBatch)).ToHashSet());
        Assert.Equal(links.Count, ring.Went.Count);
        Assert.All(ring.Went, went =>
        {
            Assert.False(went.ByServer);
            int? microBatch = went.Link.Link == Link.Tied ? null : went.MicroBatch;
            Assert.Equal(went.Claim, pass.Stated.Sent(went.Link, microBatch));
            Assert.Equal(went.Claim, pass.Stated.Came(went.Link, microBatch));
        });
    }

    [Theory, MemberData(nameof(Pipelines))]
    public async Task Every_claim_is_the_SHA256_of_what_the_witness_was_given(int stages, bool tied, bool recompute)
    {
        var given = new ConcurrentDictionary<string, Claim?>();
        var conduct = new ScriptedConduct
        {
            OnSend = (context, honest) =>
            {
                if (context.Link == Link.Statement)
                    Assert.True(given.TryAdd(Name(context.Stage, context.Direction, context.Part!.Value, context.MicroBatch), WitnessedRing.ClaimOf(honest)));
                return honest;
            },
        };
        var ring = await Placed(new Rig { Layers = stages, Stages = stages, MicroBatches = 2, Tied = tied, Recompute = recompute }, conduct);
        var pass = await ring.Work(WitnessedRing.Training());
        var claims = pass.Claims.Where(claim => claim.Value is not null && !claim.Key.EndsWith("sums", StringComparison.Ordinal));
        Assert.Equal(claims.OrderBy(claim => claim.Key), given.OrderBy(claim => claim.Key));
    }

    [Fact]
    public async Task At_most_six_different_values_of_a_micro_batch_are_stated()
    {
        var ring = await Placed(Small);
        var pass = await ring.Work(WitnessedRing.Training());
        Assert.All(pass.Stated.Statements, statement =>
        {
            for (var m = 0; m < ring.Ring.MicroBatches; m++)
            {
                var (forward, backward) = (statement.Forward[m], statement.Backward[m]);
                Claim?[] all = [forward.Came, forward.Jumped, forward.Sent, forward.Copy, backward.Came, backward.Sent, backward.Copy];
                Assert.InRange(all.Where(claim => claim is not null).Distinct().Count(), 1, 6);
            }
        });
    }

    [Fact]
    public async Task Sums_are_stated_as_they_are_reported()
    {
        var ring = await Placed(Small);
        var pass = await ring.Work(WitnessedRing.Training());
        Assert.All(pass.Prepared.Zip(pass.Stated.Statements), pair =>
        {
            var (prepared, statement) = pair;
            AssertSame(prepared.Own, statement.Own.Report);
            AssertSame(prepared.Copy!, statement.Copy.Report);
            Assert.Equal(prepared.Loss, statement.Own.Loss);
        });
        Assert.Equal(pass.Stated.Statements[^1].Own.Loss, pass.Stated.Statements[0].Copy.Loss);
        Assert.NotNull(pass.Prepared[^1].Loss);
    }

    /// <summary>Law 3: the witness has handles of its own, so that what is stated changes nothing that is computed.</summary>
    [Theory, MemberData(nameof(Parts))]
    public async Task A_false_statement_about_one_value_changes_that_claim_alone(int stage, Direction direction, StatementPart part)
    {
        var conduct = new ScriptedConduct
        {
            OnSend = (context, honest) => context is { Link: Link.Statement, MicroBatch: 0 } && context.Stage == stage
                && context.Direction == direction && context.Part == part ? ScriptedConduct.Other(honest) : honest,
        };
        var (honest, lying) = (await Clean(), await (await Placed(Small, conduct)).Work(WitnessedRing.Training()));
        var changed = honest.Claims.Keys.Where(name => honest.Claims[name] != lying.Claims[name]);
        var name = Name(stage, direction, part, 0);
        Assert.Equal(honest.Claims[name] is null ? [] : [name], changed);
    }

    [Theory]
    [InlineData(0, Direction.Forward)]
    [InlineData(2, Direction.Forward)]
    [InlineData(3, Direction.Forward)]
    [InlineData(1, Direction.Backward)]
    [InlineData(3, Direction.Backward)]
    public async Task A_tensor_that_is_sent_falsely_is_stated_as_it_was_sent(int stage, Direction direction)
    {
        var sent = new ConcurrentQueue<Claim>();
        var conduct = new ScriptedConduct
        {
            OnSend = (context, honest) =>
            {
                if (context.Link is not (Link.Neighbour or Link.Jump) || context.Stage != stage || context.Direction != direction || context.MicroBatch != 1)
                    return honest;
                var lie = ScriptedConduct.Other(honest);
                sent.Enqueue(WitnessedRing.ClaimOf(lie));
                return lie;
            },
        };
        var ring = await Placed(Small, conduct);
        var pass = await ring.Work(WitnessedRing.Training());
        Assert.Equal(sent.Distinct().Single(), pass.Claims[Name(stage, direction, StatementPart.Sent, 1)]);
        var value = direction == Direction.Forward ? DisputedValue.Output : DisputedValue.InputGradient;
        var breach = Assert.Single(RefereeRules.Of(ring.Ring).Breaches(pass.Stated));
        Assert.Equal(new Dispute(stage, value, 1), Assert.IsType<RuleBreach.DisputedBlock>(breach).Dispute);
    }

    /// <summary>Law 5: what comes is stated as it came, and not as the receiver replaced it.</summary>
    [Fact]
    public async Task A_tensor_of_a_wrong_shape_is_stated_as_it_came()
    {
        var conduct = new ScriptedConduct
        {
            OnSend = (context, honest) => context is { Stage: 1, Direction: Direction.Forward, Link: Link.Neighbour, MicroBatch: 0 }
                ? ones(3, int64).DetachFromDisposeScope() : honest,
        };
        var ring = await Placed(Small, conduct);
        var pass = await ring.Work(WitnessedRing.Training());
        using var malformed = ones(3, int64);
        Assert.Equal(WitnessedRing.ClaimOf(malformed), pass.Claims[Name(2, Direction.Forward, StatementPart.Came, 0)]);
        var (_, shown) = await ring.Show(WitnessedRing.Training(), 2, new ExhibitKey(2, ExhibitKind.Input, 0));
        Assert.Equal(WitnessedRing.ClaimOf(malformed), shown.Single().Claim);
    }

    [Fact]
    public async Task Sums_are_reported_by_way_of_the_behaviour()
    {
        var conduct = new ScriptedConduct
        {
            OnReport = (context, honest) => context is { Stage: 0, Block: 3, Iteration: 0, Attempt: 2 }
                ? new ReportedSums([.. honest.SquaredNorms.Select(norm => norm / 2)], honest.Digest + 1, honest.Loss + 1) : honest,
        };
        var ring = await Placed(Small, conduct);
        var pass = await ring.Work(WitnessedRing.Training(attempt: 2));
        var (own, copy) = (pass.Stated.Statements[3].Own, pass.Stated.Statements[0].Copy);
        Assert.Equal((own.Report.Digest + 1, own.Loss + 1), (copy.Report.Digest, copy.Loss));
        Assert.Equal(own.Report.SquaredNorms.Select(norm => norm / 2), copy.Report.SquaredNorms);
        AssertSame(copy.Report, pass.Prepared[0].Copy!);
    }

    public static TheoryData<int> Links => [.. Enumerable.Range(0, new Ring(Small.Stages, Small.MicroBatches, IsTied: true).Links.Count())];

    [Theory, MemberData(nameof(Links))]
    public async Task A_relayed_link_leads_through_the_server_and_no_other(int number)
    {
        var ring = await Placed(Small);
        var link = ring.Ring.Links.ElementAt(number);
        var rulings = Rulings.None.With([new Ruling(0, 0, link.Act, null, null, link)], []);
        var pass = await ring.Work(WitnessedRing.Training(attempt: 1), rulings);
        Assert.Equal((await Clean()).Claims, pass.Claims);
        Assert.Empty(RefereeRules.Of(ring.Ring).Breaches(pass.Stated));
        Assert.All(ring.Went, went => Assert.Equal(went.Link == link, went.ByServer));
        Assert.Equal(Messages(link), pass.Stated.HandedOn.Count);
    }

    [Fact]
    public async Task An_evaluation_is_not_relayed()
    {
        var ring = await Placed(Small);
        var rulings = Rulings.None.With(ring.Ring.Links.Select(link => new Ruling(0, 0, link.Act, null, null, link)), []);
        ring.Begin(WitnessedRing.Training() with { Purpose = Purpose.Evaluation }, rulings, PassKind.Evaluation);
        await ring.Receive<EvaluationSums>();
        Assert.Equal(Small.Stages - 1, ring.Went.Count);
        Assert.All(ring.Went, went => Assert.False(went.ByServer));
    }

    [Fact]
    public async Task Of_an_abandoned_pass_nothing_is_stated_later()
    {
        var conduct = new ScriptedConduct { OnWithhold = context => context is { Stage: 2, Attempt: 0, Direction: Direction.Backward, MicroBatch: 1 } };
        var ring = await Placed(Small, conduct);
        await ring.BeginInVain(WitnessedRing.Training(), 18);
        Assert.Equal((await Clean()).Claims, (await ring.Work(WitnessedRing.Training(attempt: 1))).Claims);
    }

    [Fact]
    public async Task A_stage_s_seat_counts_its_convictions_where_it_stays()
    {
        var rulings = Rulings.None.With([Convicting(1, 0)], []).With([Convicting(1, 1)], []);
        var seats = new ConcurrentDictionary<(int Stage, int Seat), bool>();
        var conduct = new ScriptedConduct
        {
            OnSend = (context, honest) =>
            {
                seats[(context.Stage, context.Seat)] = true;
                return honest;
            },
            OnReport = (context, honest) =>
            {
                seats[(context.Stage, context.Seat)] = true;
                return honest;
            },
        };
        var ring = await Placed(Small, conduct, rulings);
        // What it says at a state query is the seat that it was placed on.
        await ring.Work(WitnessedRing.Training(attempt: 2), rulings.With([Convicting(2, 0)], []));
        Assert.Equal([0, 2, 0, 0], ring.Present.Select(state => state.Seat));
        Assert.Equal([(0, 0), (1, 2), (2, 1), (3, 0)], seats.Keys.Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Live_tensors_do_not_increase_from_pass_to_pass(bool recompute)
    {
        var ring = await Placed(Small with { Recompute = recompute });
        var counts = new List<long>();
        for (var attempt = 0; attempt < 8; attempt++)
        {
            var work = WitnessedRing.Training(attempt);
            var pass = await ring.Work(work);
            var hearing = Hearing.Of(new Dispute(2, DisputedValue.Sums), pass.Stated, [.. new UInt128[Small.Stages]]);
            await ring.Show(work, 2, [.. hearing.Needed.Select(one => one.Key)]);
            counts.Add(LiveTensors.Count);
        }

        Assert.All(counts.Skip(3).Zip(counts.Skip(2)), pair => Assert.True(pair.First <= pair.Second, string.Join(" ", counts)));
    }

    [Fact]
    public async Task Stages_with_exhibits_leave_no_tensor_when_they_end()
    {
        var before = LiveTensors.Count;
        var ring = await Placed(Small);
        await ring.Work(WitnessedRing.Training());
        await ring.End();
        Assert.InRange(LiveTensors.Count, long.MinValue, before);
    }

    [Fact]
    public async Task Stages_that_stepped_leave_no_tensor_when_they_end()
    {
        var before = LiveTensors.Count;
        var ring = await Placed(Small);
        await ring.Work(WitnessedRing.Training());
        await ring.Commit(WitnessedRing.Training());
        await ring.End();
        Assert.InRange(LiveTensors.Count, long.MinValue, before);
    }

    /// <summary>Without a jump stage 3 has what came and nothing to compare with it, and forward ends there; without a gradient, backward does.</summary>
    [Theory]
    [InlineData(1, Direction.Forward, Link.Jump, 11)]
    [InlineData(2, Direction.Backward, Link.Neighbour, 18)]
    public async Task Stages_in_a_pass_leave_no_tensor_when_they_end(int stage, Direction direction, Link link, int messages)
    {
        var (before, handed) = (LiveTensors.Count, new ConcurrentQueue<Tensor>());
        var conduct = new ScriptedConduct
        {
            OnSend = (context, honest) =>
            {
                if (context.Link == Link.Statement) handed.Enqueue(honest);
                return honest;
            },
            OnWithhold = context => context.Attempt != 1 && context.Stage == stage && context.Direction == direction && context.Link == link
                && context.MicroBatch == 1,
        };
        var ring = await Placed(Small, conduct);
        await ring.BeginInVain(WitnessedRing.Training(), messages);
        await ring.Work(WitnessedRing.Training(attempt: 1));
        await ring.BeginInVain(WitnessedRing.Training(attempt: 2), messages);
        await ring.End();
        Assert.All(handed, value => Assert.True(value.IsInvalid));
        Assert.InRange(LiveTensors.Count, long.MinValue, before);
    }

    private static int Messages(StageLink link) => link.Link == Link.Tied ? 1 : Small.MicroBatches;

    private static Ruling Convicting(int stage, int attempt) =>
        new(0, attempt, Act.Forward, 0, new Conviction(stage, attempt, new NodeId("n"), default, null), null);

    private static string Name(int stage, Direction direction, StatementPart part, int m) =>
        $"stage {stage} {direction.ToString().ToLowerInvariant()} {part} {m}";

    private static void AssertSame(HolderReport expected, HolderReport found)
    {
        Assert.Equal((expected.Block, expected.Digest), (found.Block, found.Digest));
        Assert.Equal(expected.SquaredNorms, found.SquaredNorms);
    }

    private Task<WitnessedRing> Placed(Rig rig, IStageBehaviour? conduct = null, Rulings? rulings = null) =>
        new WitnessedRing(this, rig, conduct, rulings).Place();

    private async Task<WitnessedPass> Clean() => await (await Placed(Small)).Work(WitnessedRing.Training());
}
