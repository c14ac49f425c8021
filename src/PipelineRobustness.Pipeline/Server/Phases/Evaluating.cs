using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>A round of an evaluation: some micro-batches forward through the stages.</summary>
/// <param name="placed">The stages.</param>
/// <param name="work">The round.</param>
/// <param name="isFinal">Whether the run ends with it.</param>
/// <param name="before">What the rounds before it have found.</param>
internal sealed class Evaluating(PlacedStages placed, StepId work, bool isFinal, EvaluationSoFar before) : PlacedPhase(placed, work)
{
    public bool IsFinal => isFinal;

    /// <summary>What the rounds up to this one have found.</summary>
    public EvaluationSoFar Found { get; private set; }

    public override string WaitingFor =>
        $"the losses of evaluation micro-batches {before.MicroBatches} to {before.MicroBatches + Size - 1} from stage {Rules.Plan.Stages - 1}";

    private int Size => Math.Min(Rules.Plan.RoundMost, Rules.EvaluationMicroBatches - before.MicroBatches);

    public override Transition? Begin(Outbox outbox)
    {
        outbox.Add(new Effect.BeginStep(Step));
        outbox.ToStages(Placed.Stages, new BeginPass(Step, PassKind.Evaluation, ImmutableSortedSet<int>.Empty, before.MicroBatches, Size, Rulings.None));
        return null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        if (input.Message is not EvaluationSums round) return null;
        // One after the other: the order of the windows decides the last bits of the sum.
        var sum = before.LossSum;
        foreach (var loss in round.Sums) sum += loss;
        Found = new EvaluationSoFar(before.MicroBatches + Size, sum, before.Targets + round.Targets);
        return new Transition.RoundEvaluated(this);
    }
}

/// <summary>What the rounds of an evaluation have found.</summary>
/// <param name="MicroBatches">Micro-batches evaluated.</param>
/// <param name="LossSum">Sum of the losses of their windows.</param>
/// <param name="Targets">Number of their targets.</param>
internal readonly record struct EvaluationSoFar(int MicroBatches, double LossSum, long Targets);

/// <summary>What was found is reported only where the weights are still those of the commit.</summary>
internal sealed class ConfirmingEvaluation(PlacedStages placed, StepId work, EvaluationSoFar found, bool isFinal, ImmutableArray<UInt128> digests)
    : PlacedPhase(placed, work)
{
    private readonly SortedDictionary<int, StateConfirmed> _confirmed = [];

    public bool IsFinal => isFinal;

    /// <summary>What the evaluation has found.</summary>
    public Evaluated Result => new(Step.Iteration, found.LossSum / found.Targets, found.Targets);

    public override string WaitingFor => "the state digests of " + Placed.Except(_confirmed);

    public override Transition? Begin(Outbox outbox)
    {
        outbox.ToStages(Placed.Stages, new ConfirmState(Step));
        return null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        if (input.Message is not StateConfirmed confirmed) return null;
        _confirmed[confirmed.Stage] = confirmed;
        if (_confirmed.Count < Rules.Plan.Stages) return Transition.Stay.Instance;
        var changed = _confirmed.Values.Where(a => a.Own != digests[a.Stage]).Select(a => a.Stage).ToImmutableSortedSet();
        return changed.IsEmpty ? new Transition.Evaluated(this)
            : Rules.IsRefereed ? Misgiven(changed, block => _confirmed[block].Own, digests)
            : new Transition.Recover(Wording.Changed(changed), "state");
    }
}
