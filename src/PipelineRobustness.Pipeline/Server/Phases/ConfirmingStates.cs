using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>
/// Has the state of a holder changed since the last commit? Then it is restored from the other holder and the attempt is
/// repeated; where none has, there is another attempt.
/// </summary>
internal sealed class ConfirmingStates(
    PlacedStages placed, StepId work, CommittedState committed, IterationLedger iteration, ImmutableSortedSet<int> blocks, NextAttempt next)
    : PlacedPhase(placed, work)
{
    private readonly Dictionary<int, StateConfirmed> _confirmed = [];
    private readonly ImmutableSortedSet<int> _holders = [.. blocks, .. blocks.Select(placed.Rules.HolderOfCopy)];

    public override string WaitingFor => $"the state digests of {Wording.Stages([.. _holders.Where(stage => !_confirmed.ContainsKey(stage))])}";

    public override Transition? Begin(Outbox outbox)
    {
        outbox.ToStages([.. _holders.Select(stage => Placed.Stages[stage])], new ConfirmState(Step));
        return null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        if (input.Message is not StateConfirmed confirmed || !_holders.Contains(confirmed.Stage)) return null;
        _confirmed[confirmed.Stage] = confirmed;
        return _confirmed.Count == _holders.Count ? Decide() : Transition.Stay.Instance;
    }

    private Transition Decide()
    {
        var repairs = ImmutableArray.CreateBuilder<(Transfer, IActorRef)>();
        foreach (var block in blocks)
        {
            var holder = Rules.HolderOfCopy(block);
            var original = _confirmed[block].Own == committed.Digests[block];
            var copy = _confirmed[holder].Copy == committed.Digests[block];
            if (!original && !copy)
            {
                return new Transition.Recover(
                    $"block {block}: neither stage {block} nor stage {holder} still has the state of the last commit", "state")
                { Doubted = [block] };
            }

            if (!original) repairs.Add((new Transfer(block, block), Placed.Stages[holder]));
            if (!copy) repairs.Add((new Transfer(block, holder), Placed.Stages[block]));
        }

        if (repairs.Count == 0) return Training.Again(this, committed, iteration, next);
        iteration.Refetched.UnionWith(repairs.Select(repair => repair.Item1.Block));
        return new Transition.Enter(new Restoring(Placed, Step, committed.Digests, repairs.ToImmutable(), new AfterRestoring.Repeat(iteration)));
    }
}
