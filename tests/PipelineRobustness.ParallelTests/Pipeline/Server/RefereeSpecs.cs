using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>The server holds statements against each other, convicts the stage that stated something falsely, and goes on without it.</summary>
public sealed class RefereeSpecs
{
    private static readonly int[] Depths = [3, 4, 6];

    // Each is what one stage may do alone in an iteration; the last ones take several words to be consistent.
    private static readonly ImmutableArray<ImmutableArray<Said>> Lies =
    [
        .. Enum.GetValues<Said>().Where(said => said is not (Said.Given or Said.Received or Said.Collected or Said.Shown))
            .Select(said => ImmutableArray.Create(said)),
        [Said.SentToNeighbour, Said.SentOverJump, Said.Sent],
        [Said.GradientToNeighbour, Said.GradientSent],
        [Said.TiedPart, Said.SentTied],
        [Said.Sums, Said.TiedPart],
        [Said.SentToNeighbour, Said.SentOverJump],
        [Said.Came, Said.GradientCame, Said.Jumped],
        [Said.Copy, Said.GradientOfCopy, Said.SumsOfCopy],
    ];

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_run_without_false_statements_has_no_ruling(int stages)
    {
        var world = RefereedRun.Of(stages);
        world.Deliver();
        RefereedRun.AssertDone(world);
        Assert.Empty(RefereedRun.Rulings(world));
        Assert.All(world.Events.OfType<IterationCommitted>(), commit => Assert.Equal(RefereedRun.Clean(stages, commit.Iteration + 1), commit.Digests));
    }

    [Fact]
    public void A_stage_is_convicted_alone_of_every_false_statement()
    {
        var convicted = 0;
        var cases = from stages in Depths
                    from said in Lies
                    from first in (bool[])[true, false]
                    from liar in Enumerable.Range(0, stages)
                    select (stages, said, first, liar);
        foreach (var (stages, said, first, liar) in cases)
        {
            var (world, told) = (RefereedRun.Of(stages), 0);
            world.Says = (saying, honest) =>
            {
                if (saying is not { Work.Iteration: 1, Seat: 0 } || saying.Stage != liar || !said.Contains(saying.What)) return honest;
                var isOfStep = saying.What is Said.Step or Said.StepOfCopy or Said.Digest or Said.DigestOfCopy;
                return isOfStep || saying.MicroBatch == 0 == first ? RefereedRun.Lie(honest, ref told) : honest;
            };
            world.Deliver();
            RefereedRun.AssertDone(world);
            var what = $"{stages} stages, stage {liar}, {string.Join(" and ", said)}";
            var rulings = RefereedRun.Rulings(world);
            Assert.True(
                rulings.Where(ruling => ruling.Convicted is not null).Select(ruling => ruling.Convicted!.Stage).SequenceEqual(told > 0 ? [liar] : []),
                $"{what}: {string.Join(", ", rulings)}");
            Assert.All(rulings.Where(ruling => ruling.Relayed is not null), ruling => Assert.True(ruling.Relayed!.Value.Joins(liar), what));
            RefereedRun.AssertClean(world, stages);
            if (told > 0) convicted++;
        }

        Assert.True(convicted > 100, $"{convicted}");
    }

    [Fact]
    public void A_malformed_statement_convicts_its_stage()
    {
        foreach (var malformed in (Func<Statement, Statement>[])[
            statement => statement with { Backward = statement.Backward[1..] },
            statement => statement with { Own = statement.Own with { Report = statement.Own.Report with { SquaredNorms = default } } },
        ])
        {
            AssertConvicted(malformed);
        }
    }

    private static void AssertConvicted(Func<Statement, Statement> malformed)
    {
        var world = RefereedRun.Of(4);
        world.Changes = (work, statement) => work.Iteration == 1 && statement.Stage == 1 && work.Attempt == 0 ? malformed(statement) : statement;
        world.Deliver();
        RefereedRun.AssertDone(world);
        var made = Assert.Single(RefereedRun.Rulings(world));
        Assert.Equal((Act.Statement, 1), (made.Act, made.Convicted!.Stage));
    }

    [Fact]
    public void A_statement_without_its_node_s_signature_convicts_its_stage()
    {
        var world = RefereedRun.Of(4);
        world.Signs = (work, stage) => work.Iteration != 1 || work.Attempt > 0 || stage != 2;
        world.Deliver();
        RefereedRun.AssertDone(world);
        RefereedRun.AssertClean(world, 4);
        var made = Assert.Single(RefereedRun.Rulings(world));
        Assert.Equal((Act.Statement, 2), (made.Act, made.Convicted!.Stage));
    }

    /// <summary>What is not signed is not judged either: else a stage could state falsely about others without answering for it.</summary>
    [Fact]
    public void A_false_statement_without_a_signature_is_judged_for_that_alone()
    {
        var world = RefereedRun.Of(4);
        world.Signs = (work, stage) => work.Iteration != 1 || work.Attempt > 0 || stage != 2;
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.Deliver();
        RefereedRun.AssertDone(world);
        Assert.Equal(Act.Statement, Assert.Single(RefereedRun.Rulings(world)).Act);
    }

    [Fact]
    public void A_link_in_dispute_is_relayed_and_costs_one_attempt()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Work: { Iteration: 1, Attempt: 0 }, Stage: 1, What: Said.SentOverJump } ? Truth.Of("false") : honest;
        world.Deliver();
        RefereedRun.AssertDone(world);
        var made = Assert.Single(RefereedRun.Rulings(world));
        Assert.Equal(new StageLink(Direction.Forward, Link.Jump, 1, 3), made.Relayed);
        Assert.Equal([1, 2, 1], RefereedRun.Commits(world).Select(commit => commit.Attempts));
        Assert.Equal([made], RefereedRun.Commits(world)[1].Rulings);
        Assert.All(RefereedRun.Commits(world).Where(commit => commit.Iteration != 1), commit => Assert.Empty(commit.Rulings));
    }

    [Fact]
    public void A_relayed_link_is_judged_by_all_that_was_handed_on_in_any_order()
    {
        foreach (var seed in Enumerable.Range(0, 50))
        {
            var world = RefereedRun.Of(4);
            world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 1, Seat: 0, What: Said.SentOverJump, MicroBatch: 1 }
                ? Truth.Of("false") : honest;
            world.DeliverShuffled(new Random(seed));
            RefereedRun.AssertDone(world);
            Assert.Equal([null, 1], RefereedRun.Rulings(world).Select(ruling => ruling.Convicted?.Stage));
        }
    }

    [Fact]
    public void Several_chains_and_links_are_ruled_together_in_one_order()
    {
        IReadOnlyList<Ruling>? before = null;
        foreach (var seed in Enumerable.Range(0, 50))
        {
            var world = RefereedRun.Of(6);
            world.Says = (saying, honest) => saying is { Work.Iteration: 1, Seat: 0 } && (saying is { Stage: 1, What: Said.Copy, MicroBatch: 0 }
                or { Stage: 3, What: Said.SentToNeighbour or Said.SentOverJump or Said.Sent, MicroBatch: 1 }) ? Truth.Of("false") : honest;
            world.DeliverShuffled(new Random(seed));
            RefereedRun.AssertDone(world);
            var rulings = RefereedRun.Rulings(world);
            Assert.Equal([(0, 1), (0, 3)], rulings.Select(ruling => (ruling.Attempt, ruling.Convicted!.Stage)));
            Assert.Equal(before ?? rulings, rulings);
            before = rulings;
        }
    }

    [Fact]
    public void A_block_is_worked_from_what_one_holder_shows()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.Deliver(_ => world.Server.Phase is Training { Iteration.Iteration: 1 });
        world.Stage(2).Hides = _ => true;
        world.Deliver();
        RefereedRun.AssertDone(world);
        Assert.Equal(2, Assert.Single(RefereedRun.Rulings(world)).Convicted!.Stage);
    }

    /// <summary>Both have stated that they worked on it.</summary>
    [Fact]
    public void Two_stages_that_hide_a_stated_input_are_convicted()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.Deliver(_ => world.Server.Phase is Training { Iteration.Iteration: 1 });
        foreach (var stage in (int[])[1, 2]) world.Stage(stage).Hides = key => key.Kind == ExhibitKind.Input;
        world.Deliver();
        RefereedRun.AssertDone(world);
        Assert.Equal([1, 2], RefereedRun.Rulings(world).Select(ruling => ruling.Convicted!.Stage));
    }

    [Fact]
    public void An_exhibit_that_is_slow_convicts_no_stage()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        world.Loses = (order, _) => order is ShowExhibits;
        world.Deliver();
        Assert.IsType<HoldingHearings>(world.Server.Phase);
        Assert.Equal([1, 2], world.Server.Phase.Awaited);
        Assert.Empty(RefereedRun.Rulings(world));
    }

    [Fact]
    public void Stages_are_not_stuck_while_the_referee_works()
    {
        var world = RefereedRun.Of(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.Copy } ? Truth.Of("false") : honest;
        Assert.NotNull(world.Deliver(message => message is Heard));
        Assert.Null(Assert.IsType<HoldingHearings>(world.Server.Phase).Awaited);
    }

    [Fact]
    public void Attempts_end_where_the_plan_says_so()
    {
        var plan = ServerRig.Plan(4, remedy: "referee");
        var world = new CoordinatorWorld(plan with { Defence = plan.Defence with { QuarantineAfter = 99, Attempts = 5 } }).With(4);
        world.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, What: Said.Copy } ? Truth.Of("false") : honest;
        world.Deliver();
        Assert.Equal(RunStatus.Failed, world.End!.Status);
        Assert.StartsWith("iteration 1 was given up after 5 attempts (defence.attempts); the last: stage 2 was convicted (forward", world.End.Reason);
    }

    /// <summary>However many stages lie: each attempt that is thrown away convicts one of them, or relays a link that one is an end of.</summary>
    [Fact]
    public void Honest_stages_are_never_convicted_and_attempts_are_bounded()
    {
        for (var seed = 1; seed <= 3_000; seed++)
        {
            var stages = 3 + (seed % 4);
            var liars = RandomLiars.Of(seed, stages, most: stages, isAlike: seed % 3 == 0);
            var world = new CoordinatorWorld(ServerRig.Plan(stages, remedy: "referee")).With(3 * stages);
            world.Says = liars.Says;
            world.Deliver();
            Assert.True(world.End?.Status == RunStatus.Done, $"seed {seed}: {world.End?.Reason ?? world.Server.Phase.WaitingFor}");
            Assert.True(liars.Framed(world) is null, $"seed {seed}: {liars.Framed(world)}");
            var rulings = RefereedRun.Rulings(world);
            Assert.All(rulings, ruling => Assert.True(ruling.Relayed is not { } link || liars.Stages.Any(link.Joins), $"seed {seed}: {ruling}"));
            // There are 3K links, and each has two ends that may be replaced.
            Assert.InRange(rulings.Count, 0, 7 * stages);
            Assert.All(world.Events.OfType<IterationCommitted>(), commit => Assert.InRange(commit.Attempts, 1, 1 + rulings.Count));
        }
    }
}
