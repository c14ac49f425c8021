using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Which node has which stage.</summary>
public sealed class PlacementSpecs
{
    [Fact]
    public void Stages_are_dealt_out_evenly_within_capacity()
    {
        Assert.Equal("a b a b a", Placed(5, CopyPlacement.Ring, ("a", 3), ("b", 2)));
        Assert.Equal("a b a a", Placed(4, CopyPlacement.None, ("a", 9), ("b", 1)));
        Assert.Null(Placed(5, CopyPlacement.None, ("a", 2), ("b", 2)));
    }

    [Fact]
    public void A_lost_stage_avoids_its_copy_s_and_its_predecessor_s_nodes()
    {
        Assert.Equal("a d c d", Placed(4, CopyPlacement.Ring, "a b c d", ("a", 9), ("c", 9), ("d", 9)));
        Assert.Equal("a b c a", Placed(4, CopyPlacement.None, "a b c d", ("a", 9), ("b", 9), ("c", 9)));
    }

    [Fact]
    public void Stages_move_to_a_new_node_from_those_with_more_than_their_share()
    {
        Assert.Equal("a e c d", Placed(4, CopyPlacement.Ring, "a d c d", ("a", 9), ("c", 9), ("d", 9), ("e", 9)));
        Assert.Equal("b a b a", Placed(4, CopyPlacement.Ring, "a a a a", ("a", 9), ("b", 9)));
        Assert.Equal("a b c d", Placed(4, CopyPlacement.Ring, "a b c d", ("a", 9), ("b", 9), ("c", 9), ("d", 9), ("e", 9)));
    }

    [Fact]
    public void The_user_s_placement_comes_first_where_possible()
    {
        Assert.Equal("b b a", Placed(3, CopyPlacement.Ring, "", ["b", "b", "x"], ("a", 9), ("b", 9)));
    }

    [Fact]
    public void Stages_go_to_nodes_with_enough_memory()
    {
        Assert.Equal("b b b", Placed([10, 10, 10], "", Node("a", memory: 9), Node("b", memory: 40)));
        Assert.Equal("b b a", Placed([10, 10, 5], "", Node("a", memory: 9), Node("b", memory: 20)));
    }

    [Fact]
    public void A_stage_is_placed_even_if_no_node_has_enough_memory()
    {
        Assert.Equal("a b a", Placed([10, 10, 10], "", Node("a", memory: 9), Node("b", memory: 9)));
    }

    [Fact]
    public void A_stage_leaves_a_node_short_of_memory_for_one_with_enough()
    {
        Assert.Equal("c a b", Placed([10, 10, 10], "a a b", Node("a", memory: 19), Node("b", memory: 10), Node("c", memory: 15)));
        Assert.Equal("a a b", Placed([10, 10, 10], "a a b", Node("a", memory: 19), Node("b", memory: 10), Node("c", memory: 9)));
    }

    [Fact]
    public void Stages_prefer_GPUs_and_then_more_cores()
    {
        Assert.Equal("b b a", Placed([0, 0, 0], "", Node("a", cores: 2), Node("b", cores: 6)));
        Assert.Equal("b b b", Placed([0, 0, 0], "", Node("a", cores: 64), Node("b", device: "cuda:0")));
    }

    [Fact]
    public void A_thousand_stages_spread_over_ten_thousand_nodes()
    {
        var nodes = Enumerable.Range(0, 10_000).Select(n => ($"n{n:0000}", 2000)).ToArray();
        var crowded = string.Join(' ', Enumerable.Repeat("n0000", 1000));
        Assert.Equal(1000, Placed(1000, CopyPlacement.Ring, nodes)!.Split(' ').Distinct().Count());
        Assert.Equal(1000, Placed(1000, CopyPlacement.Ring, crowded, nodes)!.Split(' ').Distinct().Count());
    }

    /// <summary>A node may report any number.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(int.MinValue)]
    public void A_node_without_cores_counts_as_one_with_one(int cores)
    {
        Assert.Equal("a b a b", Placed([0, 0, 0, 0], "", Node("a", cores: cores), Node("b")));
    }

    private static NodeUp Node(string name, long memory = 0, int cores = 1, string device = "cpu") =>
        new(new NodeId(name), new NodeCapacity(9, memory, cores, device), ActorRefs.Nobody);

    private static string? Placed(long[] needs, string held, params NodeUp[] nodes) =>
        Placed(
            new Rig().Plan with { Pipeline = new PipelineSettings { Stages = needs.Length }, Defence = new DefenceSettings(), StageMemory = [.. needs] },
            held, nodes);

    private static string? Placed(int stages, CopyPlacement copies, params (string Name, int Room)[] nodes) =>
        Placed(stages, copies, "", nodes);

    private static string? Placed(int stages, CopyPlacement copies, string held, params (string Name, int Room)[] nodes) =>
        Placed(stages, copies, held, [], nodes);

    private static string? Placed(int stages, CopyPlacement copies, string held, string[] wished, params (string Name, int Room)[] nodes)
    {
        var plan = new Rig().Plan with
        {
            Pipeline = new PipelineSettings { Stages = stages, Placement = wished },
            Defence = new DefenceSettings { Copies = copies },
        };
        return Placed(plan, held, nodes.Select(n => new NodeUp(new NodeId(n.Name), new NodeCapacity(n.Room), ActorRefs.Nobody)));
    }

    private static string? Placed(RunPlan plan, string held, IEnumerable<NodeUp> nodes)
    {
        var places = held.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((name, stage) => (stage, name))
            .ToDictionary(p => p.stage, p => new NodeId(p.name));
        var seats = new Placement(plan);
        foreach (var node in nodes) seats.Add(node);
        return seats.Of(places) is { } placement ? string.Join(' ', placement) : null;
    }
}
