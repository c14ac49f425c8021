using Akka.Actor;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Which node works which stage.</summary>
public sealed class PlacementSpecs
{
    [Fact]
    public void Stages_are_dealt_out_like_cards_as_far_as_there_is_room()
    {
        Assert.Equal("a b a b a", Placed(5, CopyPlacement.Ring, ("a", 3), ("b", 2)));
        Assert.Equal("a b a a", Placed(4, CopyPlacement.None, ("a", 9), ("b", 1)));
        Assert.Null(Placed(5, CopyPlacement.None, ("a", 2), ("b", 2)));
    }

    [Fact]
    public void A_lost_stage_goes_where_neither_its_copy_nor_its_predecessor_is()
    {
        Assert.Equal("a d c d", Placed(4, CopyPlacement.Ring, "a b c d", ("a", 9), ("c", 9), ("d", 9)));
        Assert.Equal("a b c a", Placed(4, CopyPlacement.None, "a b c d", ("a", 9), ("b", 9), ("c", 9)));
    }

    [Fact]
    public void Stages_move_to_a_node_that_joined_while_another_holds_more_than_its_share()
    {
        Assert.Equal("a e c d", Placed(4, CopyPlacement.Ring, "a d c d", ("a", 9), ("c", 9), ("d", 9), ("e", 9)));
        Assert.Equal("b a b a", Placed(4, CopyPlacement.Ring, "a a a a", ("a", 9), ("b", 9)));
        Assert.Equal("a b c d", Placed(4, CopyPlacement.Ring, "a b c d", ("a", 9), ("b", 9), ("c", 9), ("d", 9), ("e", 9)));
    }

    [Fact]
    public void The_user_s_wish_comes_first_where_it_can_be_had()
    {
        Assert.Equal("b b a", Placed(3, CopyPlacement.Ring, "", ["b", "b", "x"], ("a", 9), ("b", 9)));
    }

    private static string? Placed(int stages, CopyPlacement copies, params (string Name, int Room)[] nodes) =>
        Placed(stages, copies, "", nodes);

    private static string? Placed(int stages, CopyPlacement copies, string held, params (string Name, int Room)[] nodes) =>
        Placed(stages, copies, held, [], nodes);

    private static string? Placed(int stages, CopyPlacement copies, string held, string[] wished, params (string Name, int Room)[] nodes)
    {
        var plan = new Rig().Plan with { Stages = stages, Copies = copies, Placement = [.. wished] };
        var here = nodes.Select(n => new NodeUp(new NodeId(n.Name), new NodeCapacity(n.Room), ActorRefs.Nobody));
        var places = held.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((name, stage) => (stage, name))
            .ToDictionary(p => p.stage, p => new NodeId(p.name));
        return new Placement(plan, here).Of(places) is { } placement ? string.Join(' ', placement) : null;
    }
}
