using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>When a quarantined node learns that it is to leave, the server's own last of all.</summary>
public sealed class QuarantineSpecs
{
    private static readonly RunPlan Plan = ServerRig.Plan(4, remedy: "referee");

    private static readonly Ballot Term = new(1, Node(1).Node);

    private readonly Outbox _outbox = new();
    private readonly Roster _roster = new(Plan);
    private readonly Quarantine _quarantine;

    // The server is on node-1.
    public QuarantineSpecs()
    {
        _quarantine = new Quarantine(ServerRig.Rules(Plan) with { Here = Node(1).Node }, _roster, _outbox);
        for (var node = 1; node <= 5; node++) _roster.Add(Node(node));
    }

    /// <summary>A server that takes over earlier knows of no ruling that no stage has learned, and must find the same node again.</summary>
    [Fact]
    public void A_quarantined_node_is_to_leave_when_every_stage_has_its_place()
    {
        var committed = Convicted(1, 3);
        _quarantine.Close(committed);
        Assert.False(_roster.Has(Node(1).Node) || _roster.Has(Node(3).Node));
        Assert.Empty(SentAway());
        _quarantine.SendAway(committed, Term);
        Assert.Equal(["node-1", "node-3"], SentAway());
    }

    /// <summary>The server's own is only sent away when a server elsewhere can continue.</summary>
    [Fact]
    public void A_quarantined_node_hears_of_it_until_it_has_left()
    {
        var committed = Convicted(1, 2, 3);
        _quarantine.Close(committed);
        _quarantine.SendOthersAway(committed, Term);
        Assert.Equal(["node-2", "node-3"], SentAway());
        _quarantine.Forget(Node(2).Node);
        _quarantine.SendOthersAway(committed, Term);
        Assert.Equal(["node-3"], SentAway());
        _quarantine.Refuse(Node(2), committed, Term);
        Assert.Equal(["node-2"], SentAway());
    }

    [Fact]
    public void A_reason_names_what_the_node_was_convicted_of()
    {
        _quarantine.Refuse(Node(2), Convicted(2), Term);
        var sent = Assert.IsType<Quarantined>(Assert.Single(_outbox.Take().OfType<Effect.ToNode>()).Message);
        Assert.Equal(new Quarantined(Term, "quarantined: stage 1 on node-2 was convicted (forward, micro-batch 0) in iteration 3"), sent);
    }

    private static NodeUp Node(int number) => ServerRig.Node(number, room: 1);

    // The stages on these nodes.
    private static CommittedState Convicted(params int[] nodes) => new()
    {
        Rulings = Rulings.None.With(
            nodes.Select(node => new Ruling(3, 0, Act.Forward, 0, new Conviction(node - 1, 0, Node(node).Node, default, null), null)), []),
    };

    private IEnumerable<string> SentAway() =>
        _outbox.Take().OfType<Effect.ToNode>().Where(sent => sent.Message is Quarantined).Select(sent => $"{sent.Node}");
}
