using System.Collections.Immutable;
using Akka.Actor;

namespace PipelineRobustness.Pipeline;

/// <content>An iteration: tries, passes, judgement, the two-phase commit.</content>
internal sealed partial class CentralServer
{
    private readonly List<TensorSent> _relayed = [];
    private readonly SortedDictionary<int, Committed> _committed = [];
    private IterationLedger _iteration = null!;
    private PassLedger _pass = null!;
    private Commit _commit = null!;
    private double _gradientNorm;
    private long _tries;
    private long _eventLogLength;
    private int _replay;
    private long _iterationBegan;
    private TimeSpan _trained;

    private WorkId CurrentWork { get; set; }

    private void NextIteration()
    {
        if (_interrupted)
        {
            _status = RunStatus.Interrupted;
            _reason = $"interrupted after iteration {_version} of {Plan.Iterations}";
            Collect();
        }
        else if (_version == Plan.Iterations)
        {
            Evaluate(last: true);
        }
        else
        {
            _iteration = new IterationLedger(_version, Plan.Stages);
            _replay = 0;
            _iterationBegan = _setup.Ports.Clock.GetTimestamp();
            BeginTraining();
        }
    }

    private void BeginTraining()
    {
        Become(Training);
        DropRelayed();
        var kind = _setup.Remedy.JudgesBetweenPasses ? PassKind.Gated : PassKind.Whole;
        CurrentWork = new WorkId(
            _ballot, _iteration.Iteration, Purpose.Training, _replay, _iteration.Try, _iteration.Pass);
        var plan = new PassPlan(Plan.Stages, Plan.Copies, _iteration.Skipped);
        _pass = new PassLedger(plan, kind, _setup.Remedy.Compares);
        Await(() => $"{_pass.Owing()} ({CurrentWork})");
        Broadcast(new BeginPass(CurrentWork, kind, _iteration.Skipped, 0, Plan.MicroBatches));
    }

    private void Training()
    {
        Receive<ForwardDone>(m => Note(m, m.Stage, () => _pass.Note(m)));
        Receive<Prepared>(m => Note(m, m.Stage, () => _pass.Note(m)));
        Receive<PassChecked>(
            m => Sender.Equals(_ready[m.Stage].Detector),
            m => Note(m, null, () => _pass.Note(m)));
        Receive<TensorSent>(Relay);
        Always();
    }

    private void Note(IWorkMessage message, int? from, Action note)
    {
        if (message.Work != CurrentWork || (from is { } stage && !Sender.Equals(_stages[stage]))) return;
        Heard();
        note();
        if (_pass.Complete) Judge();
    }

    // What jumps through the server is kept until the commit: who accuses can be asked to show it.
    private void Relay(TensorSent jump)
    {
        if (jump.Work != CurrentWork)
        {
            jump.Dispose();
            return;
        }

        Heard();
        _relayed.Add(jump);
        _stages[jump.To].Tell(jump with { Value = jump.Value.Share() });
    }

    private void DropRelayed()
    {
        foreach (var jump in _relayed) jump.Dispose();
        _relayed.Clear();
    }

    private void Judge()
    {
        switch (_iteration.Judge(_setup.Remedy, _pass.Verdicts))
        {
            case Judgement.Accept when _pass.AtGate:
                _pass.OpenGate();
                Broadcast(new BeginBackward(CurrentWork));
                break;
            case Judgement.Accept:
                Agree();
                break;
            case Judgement.NewTry again:
                _iteration.Keep(_pass.Verdicts);
                TryAgain(again.Reason, takenOver: _setup.Remedy.CopyTakesOver, disagreed: false);
                break;
            case Judgement.RepeatWithout without:
                _iteration.Keep(_pass.Verdicts);
                _iteration.NextPass(without);
                BeginTraining();
                break;
        }
    }

    private void TryAgain(string reason, bool takenOver, bool disagreed)
    {
        _iteration.NextTry(takenOver, disagreed);
        if (_iteration.Try < Plan.TriesMax)
        {
            BeginTraining();
            return;
        }

        GiveUp($"iteration {_iteration.Iteration} was given up after {_iteration.Try} tries (defence.tries); the last: {reason}");
    }

    private void Agree()
    {
        var disagreeing = Gradients.Disagreeing(_pass.Prepared, Plan.RelativeTolerance);
        if (disagreeing.IsEmpty || _setup.Remedy.OwnerStands) Commit();
        else Audit(disagreeing);
    }

    private void Commit()
    {
        _iteration.Keep(_pass.Verdicts);
        var (norm, coefficients) = Gradients.Clip(_pass.Prepared, _iteration.Frozen, Plan);
        _gradientNorm = norm;
        _tries += _iteration.Try + 1;
        _eventLogLength += 1 + _iteration.Verdicts.Count;
        var state = new ServerState(
            _ballot, _version + 1, _placement, _tries, ImmutableDictionary<int, string>.Empty, _digests,
            _trained, _eventLogLength, "");
        _commit = new Commit(
            _ballot, CurrentWork, Plan.Schedule.At(_iteration.Iteration), coefficients, _iteration.Frozen, [], state,
            new IterationCommitted(
                _iteration.Iteration, _pass.Prepared.Sum(p => p.Loss ?? 0), Plan.Schedule.At(_iteration.Iteration), _gradientNorm,
                _iteration.Try + 1, _iteration.Repeats, _iteration.Disagreements, _iteration.Pass + 1,
                [.. _iteration.Skipped], [.. _iteration.Frozen], [.. _iteration.Verdicts], [], [], TimeSpan.Zero));
        _committed.Clear();
        Become(Committing);
        Await(() => $"the commit of iteration {_version} by {PassLedger.Stages([.. Enumerable.Range(0, Plan.Stages).Where(s => !_committed.ContainsKey(s))])}");
        Broadcast(_commit);
    }

    private void Committing()
    {
        Receive<Committed>(m =>
        {
            if (m.Work != CurrentWork || !Sender.Equals(_stages[m.Stage])) return;
            Heard();
            _committed[m.Stage] = m;
            if (_committed.Count == Plan.Stages) Settle();
        });
        Always();
    }

    private void Settle()
    {
        DropRelayed();
        _digests = [.. _committed.Values.Select(c => c.Own)];
        var stale = StaleCopies();
        if (stale.Except(Excused()) is { IsEmpty: false } wrong)
        {
            Record();
            GiveUp($"after iteration {_iteration.Iteration} the copies of {Blocks(wrong)} are no longer like the originals");
            return;
        }

        _iteration.Refetched.UnionWith(stale);
        Repair([.. stale.Select(b => new SendBlock(CurrentWork, b, (b + 1) % Plan.Stages))], Finish);
    }

    // Copies whose state is not the original's. On mixed hardware no digests agree: there it is those that missed a step or
    // reported another norm; and where an accused stage's lie was committed, which may have kept the norm, all of them.
    private ImmutableSortedSet<int> StaleCopies()
    {
        var byDigest = Plan.RelativeTolerance == 0 || (_setup.Remedy.OwnerStands && _iteration.Verdicts.Count > 0);
        return byDigest
            ? [.. _committed.Keys.Where(s => _setup.CopyHeldBy(s) is { } b && _committed[s].Copy != _digests[b]).Select(s => _setup.CopyHeldBy(s)!.Value)]
            : Gradients.Disagreeing(_pass.Prepared, Plan.RelativeTolerance).Union(Missed());
    }

    // A copy may differ where the owner stands by definition, or where its holder was skipped while its owner was stepped.
    private ImmutableSortedSet<int> Excused() => _setup.Remedy.OwnerStands
        ? [.. Enumerable.Range(0, Plan.Stages)]
        : Missed();

    private ImmutableSortedSet<int> Missed() =>
    [
        .. from holder in _iteration.Skipped
           let block = _setup.CopyHeldBy(holder)
           where block is not null && !_iteration.Frozen.Contains(block.Value)
           select block.Value,
    ];

    private void Finish()
    {
        Record();
        if (Plan.EvaluateEvery > 0 && _version % Plan.EvaluateEvery == 0 && _version < Plan.Iterations && !_interrupted)
            Evaluate(last: false);
        else NextIteration();
    }

    private void Record()
    {
        _iteration.Close();
        _trained += _setup.Ports.Clock.GetElapsedTime(_iterationBegan);
        _version++;
        Tell(_commit.Record with { Refetched = [.. _iteration.Refetched], Elapsed = _trained });
    }

    private static string Blocks(ImmutableSortedSet<int> blocks) =>
        $"{(blocks.Count == 1 ? "block" : "blocks")} {string.Join(", ", blocks)}";
}
