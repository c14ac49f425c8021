using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>
/// What docs/recovery.md promises, for every run of up to four stages: all placements of copies, all places of stages on nodes,
/// all sets of nodes that die. The promise is stated here without the planner's code.
/// </summary>
public sealed class RecoveryPlannerSpecs
{
    private const long Version = 7;

    public static TheoryData<int, CopyPlacement> Runs => new()
    {
        { 1, CopyPlacement.None },
        { 2, CopyPlacement.None },
        { 3, CopyPlacement.None },
        { 3, CopyPlacement.Middle },
        { 3, CopyPlacement.Ring },
        { 4, CopyPlacement.None },
        { 4, CopyPlacement.Middle },
        { 4, CopyPlacement.Ring },
    };

    [Theory, MemberData(nameof(Runs))]
    public void Each_block_comes_from_a_holder_or_all_come_from_a_checkpoint(int stages, CopyPlacement copies)
    {
        foreach (var world in Worlds(stages, copies))
        {
            var decision = RecoveryPlanner.Decide(world.Facts());
            if (world.Alive.IsEmpty) ExpectFallBack(world, "every holder of every block was lost");
            else if (world.Lost.IsEmpty) ExpectRestore(world, decision);
            else ExpectFallBack(
                world,
                $"block{(world.Lost.Length == 1 ? "" : "s")} {string.Join(", ", world.Lost)} "
                + $"{(world.Lost.Length == 1 ? "was" : "were")} lost with every holder");
        }
    }

    /// <summary>With a ring, a run survives any set of dead nodes without two ring neighbours, and does not fall back.</summary>
    [Theory, InlineData(3), InlineData(4)]
    public void A_ring_survives_all_but_the_death_of_two_neighbours(int stages)
    {
        foreach (var dead in Subsets(stages))
        {
            var world = new World(stages, CopyPlacement.Ring, [.. Enumerable.Range(0, stages)], dead, Room: stages);
            var neighbours = dead.Any(stage => dead.Contains((stage + 1) % stages));
            Assert.Equal(!neighbours, RecoveryPlanner.Decide(world.Facts()) is RecoveryDecision.Restore);
        }
    }

    /// <summary>If any stage has stepped, those that had prepared the step get the same commit. Recovery goes forward, never back.</summary>
    [Theory, MemberData(nameof(Runs))]
    public void All_stages_step_to_the_version_that_one_has(int stages, CopyPlacement copies)
    {
        foreach (var dead in Subsets(stages))
        {
            foreach (var stepped in Subsets(stages))
            {
                var world = new World(stages, copies, [.. Enumerable.Range(0, stages)], dead, Room: stages) { Stepped = stepped };
                var behind = world.Alive.Where(stage => !stepped.Contains(stage)).ToArray();
                var decision = RecoveryPlanner.Decide(world.Facts());
                var mustStep = behind.Length > 0 && behind.Length < world.Alive.Length;
                Assert.Equal(mustStep, decision is RecoveryDecision.RollForward);
                if (decision is not RecoveryDecision.RollForward forward) continue;
                Assert.Equal(behind, forward.Behind.Select(stage => stage.Stage));
                Assert.Equal(Version + 1, forward.Commit.State.Version);
            }
        }
    }

    /// <summary>A copy replaces its original only where it is certain to be equal.</summary>
    [Theory]
    [InlineData(true, false, false, true)]
    [InlineData(true, false, true, true)]
    [InlineData(true, true, false, false)]
    [InlineData(false, false, false, true)]
    [InlineData(false, true, false, true)]
    [InlineData(false, false, true, false)]
    public void A_copy_counts_by_digest_or_by_the_last_commit(bool knowsDigests, bool copyDiffers, bool isStale, bool counts)
    {
        var world = new World(4, CopyPlacement.Ring, [0, 1, 2, 3], [1], Room: 4)
        {
            KnowsDigests = knowsDigests,
            OtherCopyOf = copyDiffers ? 1 : null,
            Stale = isStale ? [1] : [],
        };
        Assert.Equal(counts, RecoveryPlanner.Decide(world.Facts()) is RecoveryDecision.Restore);
    }

    /// <summary>A new server cannot know which of two holders is right.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Holders_that_differ_are_believed_only_where_the_digest_is_known(bool knowsDigests, bool restores)
    {
        var world = new World(4, CopyPlacement.Ring, [0, 1, 2, 3], [], Room: 4) { KnowsDigests = knowsDigests, OtherCopyOf = 1 };
        var decision = RecoveryPlanner.Decide(world.Facts());
        if (restores) Assert.Equal([new Transfer(1, 2)], Assert.IsType<RecoveryDecision.Restore>(decision).Transfers);
        else Assert.Equal("the holders of block 1 have different states", Assert.IsType<RecoveryDecision.ReadCheckpoints>(decision).Lost);
    }

    [Theory, InlineData(0), InlineData(3)]
    public void A_doubted_block_comes_from_a_checkpoint(int block)
    {
        var world = new World(4, CopyPlacement.Ring, [0, 1, 2, 3], [], Room: 4) { Doubted = block };
        Assert.Equal("it broke", Assert.IsType<RecoveryDecision.ReadCheckpoints>(RecoveryPlanner.Decide(world.Facts())).Lost);
    }

    private static void ExpectRestore(World world, RecoveryDecision decision)
    {
        if (!world.HasRoom)
        {
            Assert.Equal(Version, Assert.IsType<RecoveryDecision.AwaitCapacity>(decision).Committed.Version);
            return;
        }

        var restore = Assert.IsType<RecoveryDecision.Restore>(decision);
        Assert.Equal(Version, restore.Committed.Version);
        Assert.Equal(world.Stages, restore.Sources.Length);
        // A block's source is its owner if alive, else the holder of its copy; every stage that lacks a block receives it.
        for (var block = 0; block < world.Stages; block++)
        {
            Assert.Equal(world.Alive.Contains(block) ? block : (block + 1) % world.Stages, restore.Sources[block].Stage);
            Assert.Equal(World.Digest(block), restore.Committed.Digests[block]);
        }

        var kept = restore.Places.Kept.Select(stage => stage.Stage).ToHashSet();
        var lacking = Enumerable.Range(0, world.Stages).Where(stage => !kept.Contains(stage))
            .SelectMany(stage => world.CopyOf(stage) is { } block ? new Transfer[] { new(stage, stage), new(block, stage) } : [new(stage, stage)]);
        Assert.Equal(lacking, restore.Transfers);
        // No source is stopped, and every stage is on a live node that has room.
        Assert.Empty(restore.Dropped);
        Assert.Equal(world.Alive, restore.Places.Kept.Concat(restore.Places.Retiring).Select(stage => stage.Stage).Order());
        ExpectPlaces(world, restore.Places);
    }

    private static void ExpectFallBack(World world, string lost)
    {
        Assert.Equal(lost, Assert.IsType<RecoveryDecision.ReadCheckpoints>(RecoveryPlanner.Decide(world.Facts())).Lost);
        foreach (var checkpoint in new[] { null, World.Checkpoint(4) })
        {
            var plan = Assert.IsAssignableFrom<RecoveryDecision.Rebuild>(
                RecoveryPlanner.Decide(world.Facts() with { Checkpoint = new CheckpointRead(checkpoint) }));
            Assert.Equal((checkpoint?.Version ?? 0, lost), (plan.Committed.Version, plan.Lost));
            Assert.Equal(world.Alive, plan.Dropped.Select(stage => stage.Stage).Order());
            Assert.False(plan.Committed.HasDigests);
            Assert.Equal(world.HasRoom, plan is RecoveryDecision.FallBack);
            if (plan is RecoveryDecision.FallBack { Places: var places }) ExpectPlaces(world, places);
        }
    }

    private static void ExpectPlaces(World world, PlacementPlan places)
    {
        Assert.All(places.Kept, stage => Assert.Equal(stage.Node, places.Placement[stage.Stage]));
        Assert.All(places.Placement.GroupBy(node => node), stages => Assert.InRange(stages.Count(), 1, world.Room));
        Assert.All(places.Placement, node => Assert.DoesNotContain(node, world.DeadNodes));
    }

    // With at most one node per stage, each with room for all stages, for two, or for one.
    private static IEnumerable<World> Worlds(int stages, CopyPlacement copies) =>
        from places in Places(stages, stages)
        from dead in Subsets(stages)
        from room in new[] { stages, 2, 1 }.Distinct()
        where places.GroupBy(node => node).All(node => node.Count() <= room)
        select new World(stages, copies, places, dead, room);

    private static IEnumerable<ImmutableArray<int>> Places(int stages, int nodes) => stages == 0 ? [[]]
        : from rest in Places(stages - 1, nodes) from node in Enumerable.Range(0, nodes) select rest.Add(node);

    private static IEnumerable<ImmutableSortedSet<int>> Subsets(int count) =>
        Enumerable.Range(0, 1 << count).Select(bits => Enumerable.Range(0, count).Where(i => (bits >> i & 1) == 1).ToImmutableSortedSet());

    /// <summary>A run, and what is left of it.</summary>
    /// <param name="Stages">Number of stages, and of nodes.</param>
    /// <param name="Copies">Who holds copies.</param>
    /// <param name="Nodes">The node of each stage.</param>
    /// <param name="Dead">Nodes that have died.</param>
    /// <param name="Room">Stages that a node has room for.</param>
    private sealed record World(int Stages, CopyPlacement Copies, ImmutableArray<int> Nodes, ImmutableSortedSet<int> Dead, int Room)
    {
        public ImmutableSortedSet<int> Stepped { get; init; } = [];

        public bool KnowsDigests { get; init; } = true;

        public int? OtherCopyOf { get; init; }

        public ImmutableSortedSet<int> Stale { get; init; } = [];

        public int? Doubted { get; init; }

        public ImmutableArray<int> Alive => [.. Enumerable.Range(0, Stages).Where(stage => !Dead.Contains(Nodes[stage]))];

        public ImmutableArray<int> Lost => [.. Enumerable.Range(0, Stages).Where(block => !Alive.Contains(block) && !HasCopy(block))];

        public bool HasRoom => (Stages - Dead.Count) * Room >= Stages;

        public IEnumerable<NodeId> DeadNodes => Dead.Select(Name);

        public static UInt128 Digest(int block) => (UInt128)(100 + block);

        public static CheckpointManifest Checkpoint(long version) => new("run", version, default, [], State(version));

        // The next stage in the ring holds a block's copy; with copies in the middle, the first and last blocks have none.
        public int? CopyOf(int stage)
        {
            var block = (stage + Stages - 1) % Stages;
            return Copies == CopyPlacement.Ring || (Copies == CopyPlacement.Middle && block > 0 && block < Stages - 1) ? block : null;
        }

        public RecoveryFacts Facts()
        {
            var plan = ServerRig.Plan(Stages, Copies);
            var roster = new Roster(plan);
            foreach (var node in Enumerable.Range(0, Stages).Where(node => !Dead.Contains(node))) roster.Add(ServerRig.Node(node, Room));
            var incident = new Incident(TimeSpan.Zero);
            incident.Query("it broke");
            if (Doubted is { } doubted) incident.Doubted.Add(doubted);
            var states = Alive.Select(State).ToList();
            var committed = new CommittedState
            {
                Version = Version,
                Placement = [.. Nodes.Select(Name)],
                Digests = [.. Enumerable.Range(0, Stages).Select(Digest)],
                DigestsVersion = KnowsDigests ? Version : -1,
            };
            return new RecoveryFacts(ServerRig.Rules(plan), committed.Learn(states), states, roster, incident);
        }

        private static ServerState State(long version) => new(default, version, [], 0, [], TimeSpan.Zero, 0, [], Rulings.None);

        private static NodeId Name(int node) => ServerRig.Node(node, 1).Node;

        private bool HasCopy(int block) => Alive.Any(stage => CopyOf(stage) == block);

        private StageState State(int stage)
        {
            var hasStepped = Stepped.Contains(stage);
            var version = Stepped.IsEmpty || hasStepped ? Version + (hasStepped ? 1 : 0) : Version;
            var copy = CopyOf(stage) is { } block ? Digest(block) + (block == OtherCopyOf ? (UInt128)1 : 0) : (UInt128?)null;
            return new StageState(
                default, Name(Nodes[stage]), stage, ServerRig.Address($"stage-{stage}"), ServerRig.Address($"detector-{stage}"), version, Digest(stage), copy,
                hasStepped ? null : Step(Version), Commit(version), null, Rulings.None, 0);
        }

        // The commit that led to a version.
        private Commit Commit(long version) => new(default, Step(version - 1), 0, [], [], Stale, State(version), null!);

        private static StepId Step(long iteration) => new(default, iteration, Purpose.Training, 1, 0, 0);
    }
}
