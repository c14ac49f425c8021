using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <content>Evaluation: rounds of micro-batches forward through the same stages.</content>
internal partial class CentralServer
{
    private bool _lastEvaluation;
    private long _evaluatedVersion;
    private int _evaluated;
    private double _lossSum;
    private long _targets;

    private int RoundSize => Math.Min(Plan.RoundMost, _setup.Data.Evaluation.MicroBatches - _evaluated);

    private void Evaluate(bool last)
    {
        _lastEvaluation = last;
        if (Plan.Numerics == Numerics.Shapes)
        {
            // There is nothing to be lost.
            if (last) Collect();
            else NextIteration();
            return;
        }

        _evaluated = 0;
        _lossSum = 0;
        _targets = 0;
        NextRound();
    }

    private void NextRound()
    {
        CurrentWork = new StepId(_ballot, _version, Purpose.Evaluation, _replay, 0, _evaluated);
        Enter(
            Phase.Evaluating, Evaluating,
            () => $"the losses of evaluation micro-batches {_evaluated} to {_evaluated + RoundSize - 1} from stage {Plan.Stages - 1}");
        Broadcast(new BeginPass(
            CurrentWork, PassKind.Evaluation, ImmutableSortedSet<int>.Empty, _evaluated, RoundSize));
    }

    private void Evaluating()
    {
        Receive<EvaluationSums>(m =>
        {
            if (m.Work != CurrentWork || !Sender.Equals(_stages[^1])) return;
            Heard();
            Add(m);
        });
        Always();
    }

    private void Add(EvaluationSums round)
    {
        foreach (var sum in round.Sums) _lossSum += sum;
        _targets += round.Targets;
        _evaluated += RoundSize;
        if (_interrupted) NextIteration();
        else if (_evaluated < _setup.Data.Evaluation.MicroBatches) NextRound();
        else FinishEvaluation();
    }

    // What was found is told only where the weights are still those of the commit.
    private void FinishEvaluation()
    {
        _audited.Clear();
        Enter(
            Phase.Evaluating, Confirming,
            () => "the state digests of " + PassLedger.Stages([.. Enumerable.Range(0, Plan.Stages).Where(s => !_audited.ContainsKey(s))]));
        Broadcast(new AuditState(CurrentWork));
    }

    private void Confirming()
    {
        Receive<StateAudited>(m =>
        {
            if (m.Work != CurrentWork || !Sender.Equals(_stages[m.Stage])) return;
            Heard();
            _audited[m.Stage] = m;
            if (_audited.Count < Plan.Stages) return;
            var changed = _audited.Values.Where(a => a.Own != _digests[a.Stage]).Select(a => a.Stage).ToImmutableSortedSet();
            if (changed.IsEmpty) TellEvaluation();
            else CallRoll(Changed(changed), "state");
        });
        Always();
    }

    private void TellEvaluation()
    {
        var loss = _lossSum / _targets;
        Tell(new Evaluated(_version, loss, _targets));
        _evaluatedVersion = _version;
        if (!_lastEvaluation)
        {
            NextIteration();
            return;
        }

        _evaluationLoss = loss;
        Collect();
    }
}
