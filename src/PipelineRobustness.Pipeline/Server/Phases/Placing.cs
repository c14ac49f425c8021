using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>Stages are started where they are to be.</summary>
internal sealed class Placing : Phase
{
    private readonly RunRules _rules;
    private readonly Ballot _ballot;
    private readonly Roster _roster;
    private readonly SortedDictionary<int, StageState> _ready = [];

    public Placing(RunRules rules, Ballot ballot, Roster roster, StateReports reports, RecoveryDecision.Rebuild plan, PlacementPlan places)
    {
        (_rules, _ballot, _roster) = (rules, ballot, roster);
        (Reports, Plan, Places) = (reports, plan, places);
        foreach (var stage in places.Kept) _ready.Add(stage.Stage, stage);
    }

    /// <summary>Why they are placed so.</summary>
    public RecoveryDecision.Rebuild Plan { get; }

    public PlacementPlan Places { get; }

    public override StateReports Reports { get; }

    /// <summary>The stages that are in their places, in order.</summary>
    public ImmutableArray<StageState> Ready => [.. _ready.Values];

    public override string WaitingFor => Wording.Stages([.. Missing]) + " to be built";

    private IEnumerable<int> Missing => _rules.AllStages.Where(stage => !_ready.ContainsKey(stage));

    public override Transition? Begin(Outbox outbox)
    {
        OrderStages(outbox);
        return Look();
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        if (input.Message is not StageState stage || Reports.Has(stage.Actor)) return null;
        if (Reports.WasDropped(stage.Actor) || !IsAsOrdered(stage)) return Transition.Stay.Instance;
        _ready[stage.Stage] = stage;
        Reports[stage.Actor] = stage;
        return Look() as Transition ?? Transition.Stay.Instance;
    }

    // An order given twice makes no second stage.
    public override bool AskAgain(Outbox outbox)
    {
        OrderStages(outbox);
        return true;
    }

    private Transition.Placed? Look() => _ready.Count == _rules.Plan.Stages ? new Transition.Placed(this) : null;

    // On the node that it is ordered to, and with a state where it is to begin with one.
    private bool IsAsOrdered(StageState stage) =>
        Places.Placement[stage.Stage] == stage.Node && (Plan.Origin.Kind == BlockOrigin.Transfer || stage.Own is not null);

    private void OrderStages(Outbox outbox)
    {
        var (kind, manifest) = Plan.Origin;
        foreach (var stage in Missing)
        {
            var node = Places.Placement[stage];
            _roster.MarkUsed(node);
            outbox.ToNode(
                _roster.Get(node).Actor,
                new PlaceStage(_ballot, _rules.Run, stage, kind, Plan.Committed.Version, manifest, _rules.Server, Plan.Committed.Rulings));
        }
    }
}
