using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Stages;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Server;

/// <content>An iteration: attempts, passes, judgement, the two-phase commit.</content>
internal partial class CentralServer
{
    private readonly List<TensorSent> _relayed = [];
    private readonly Dictionary<int, Committed> _committed = [];
    private readonly SortedDictionary<int, StageState> _ready = [];
    private IterationLedger? _iteration;
    private PassLedger _pass = null!;
    private Commit? _last;
    private ImmutableArray<DetectorState> _detectors = [];
    private long _attempts;
    private long _eventLogLength;
    private long _iterationBegan;
    private TimeSpan _trained;
    private bool _began;

    private StepId CurrentWork
    {
        get;
        set
        {
            field = value;
            Link.Begin(value);
        }
    }

    private void NextIteration()
    {
        if (_interrupted || _observer.Stops)
        {
            _interrupted = true;
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
            _iteration = _setup.Ports.Cast.Ledger(_version, Plan.Stages);
            _mended = 0;
            _iterationBegan = _setup.Ports.Clock.GetTimestamp();
            BeginTraining();
        }
    }

    private void BeginTraining()
    {
        DropRelayed();
        var kind = _setup.Remedy.JudgesBetweenPasses ? PassKind.Gated : PassKind.Whole;
        CurrentWork = new StepId(
            _ballot, _iteration!.Iteration, Purpose.Training, _replay + _mended, _iteration.Attempt, _iteration.Pass);
        _pass = _setup.Ports.Cast.Ledger(_setup.PassWithout(_iteration.Skipped), kind, _setup.Detector);
        Enter(Phase.Training, Training, () => $"{_pass.Owing()} ({CurrentWork})");
        Broadcast(new BeginPass(CurrentWork, kind, _iteration.Skipped, 0, Plan.MicroBatches));
    }

    private void Training()
    {
        Receive<ForwardDone>(m => Note(m, m.Stage, () => _pass.Note(m)));
        Receive<Prepared>(m => Note(m, m.Stage, () => _pass.Note(m)));
        Receive<PassChecked>(
            m => _ready.TryGetValue(m.Stage, out var checker) && Sender.Equals(checker.Detector),
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
        Link.ToStage(_stages[jump.To], jump with { Value = jump.Value.Share() }, Self);
    }

    private void DropRelayed()
    {
        foreach (var jump in _relayed) jump.Dispose();
        _relayed.Clear();
    }

    private void Judge()
    {
        switch (_iteration!.Judge(_setup.Remedy, _pass.Verdicts))
        {
            case Judgement.Accept when _pass.AtGate:
                _pass.OpenGate();
                Broadcast(new BeginBackward(CurrentWork));
                break;
            case Judgement.Accept:
                Agree();
                break;
            case Judgement.NewAttempt again:
                _iteration.Keep(_pass.Verdicts, _pass.Notes);
                Suspect(() => AttemptAgain(again.Reason, takenOver: _setup.Remedy.CopyTakesOver, disagreed: false));
                break;
            case Judgement.RepeatWithout without:
                _iteration.Keep(_pass.Verdicts, _pass.Notes);
                _iteration.NextPass(without);
                BeginTraining();
                break;
        }
    }

    private void AttemptAgain(string reason, bool takenOver, bool disagreed)
    {
        _iteration!.NextAttempt(takenOver, disagreed);
        if (_iteration.Attempt < Plan.AttemptsMax)
        {
            BeginTraining();
            return;
        }

        GiveUp($"iteration {_iteration.Iteration} was given up after {_iteration.Attempt} attempts (defence.attempts); the last: {reason}");
    }

    private void Agree()
    {
        var disagreeing = Gradients.Disagreeing(_pass.Prepared, Plan.RelativeTolerance);
        if (disagreeing.IsEmpty || _setup.Remedy.OwnerStands) Commit();
        else Audit(disagreeing, () => Disagree(disagreeing));
    }

    private void Disagree(ImmutableSortedSet<int> blocks)
    {
        _iteration!.Keep(_pass.Verdicts, _pass.Notes);
        AttemptAgain($"original and copy of {Blocks(blocks)} report different gradients", takenOver: false, disagreed: true);
    }

    // Who is accused again may not lie, but work with weights that have changed: that comes again in every attempt.
    private void Suspect(Action otherwise)
    {
        var accused = _pass.Verdicts.Select(v => v.Suspect).Where(b => _setup.CopyHeldBy((b + 1) % Plan.Stages) == b).ToImmutableSortedSet();
        if (_iteration!.Attempt == 0 || accused.IsEmpty || Plan.RelativeTolerance > 0) otherwise();
        else Audit(accused, otherwise);
    }

    private void Commit()
    {
        var iteration = _iteration!;
        iteration.Keep(_pass.Verdicts, _pass.Notes);
        var (norm, coefficients) = Gradients.Clip(_pass.Prepared, iteration.Frozen, Plan);
        var rate = Plan.Schedule.At(iteration.Iteration);
        var trained = _trained + _setup.Ports.Clock.GetElapsedTime(_iterationBegan);
        _attempts += iteration.Attempt + 1;
        _eventLogLength += 1 + iteration.Verdicts.Count;
        var record = new IterationCommitted(
            iteration.Iteration, _pass.Prepared.Sum(p => p.Loss ?? 0), rate, norm, iteration.Attempt + 1, iteration.Repeats,
            iteration.Disagreements, iteration.Pass + 1, [.. iteration.Skipped], [.. iteration.Frozen], [.. iteration.Verdicts],
            [.. iteration.Notes], [.. iteration.Refetched], trained);
        var state = new ServerState(
            _ballot, _version + 1, _placement, _attempts, NobodyQuarantined, _digests, trained, _eventLogLength, "",
            _pass.Detectors(_detectors, Plan.Stages));
        _last = new Commit(_ballot, CurrentWork, rate, coefficients, iteration.Frozen, MistrustedCopies(), state, record);
        _committed.Clear();
        Enter(
            Phase.Committing, Committing,
            () => $"the commit of iteration {_version} by {PassLedger.Stages([.. Enumerable.Range(0, Plan.Stages).Where(s => !_committed.ContainsKey(s))])}");
        Broadcast(_last);
    }

    private static ImmutableDictionary<int, string> NobodyQuarantined => ImmutableDictionary<int, string>.Empty;

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
        _digests = [.. Enumerable.Range(0, Plan.Stages).Select(s => _committed[s].Own)];
        _digestsOf = _version + 1;
        _detectors = _last!.State.Detectors;
        var stale = StaleCopies();
        if (stale.Except(Excused()) is { IsEmpty: false } wrong)
        {
            Record();
            Doubt(wrong, $"after iteration {_iteration!.Iteration} the copies of {Blocks(wrong)} are no longer like the originals");
            return;
        }

        _iteration!.Refetched.UnionWith(stale);
        Repair([.. stale.Select(b => Order(b, (b + 1) % Plan.Stages))], Finish);
    }

    // Copies whose state is not the original's. On mixed hardware no digests agree: there it is those that missed a step or
    // reported another norm; and where an accused stage's lie was committed, which may have kept the norm, all of them.
    private ImmutableSortedSet<int> StaleCopies()
    {
        var byDigest = Plan.RelativeTolerance == 0 || (_setup.Remedy.OwnerStands && _iteration!.Verdicts.Count > 0);
        return byDigest
            ? [.. _committed.Keys.Where(s => _setup.CopyHeldBy(s) is { } b && _committed[s].Copy != _digests[b]).Select(s => _setup.CopyHeldBy(s)!.Value)]
            : Gradients.Disagreeing(_pass.Prepared, Plan.RelativeTolerance).Union(Missed());
    }

    // What can be known of it before the step: where it was given another gradient than the original, or none, or may have been.
    private ImmutableSortedSet<int> MistrustedCopies() => Plan.Copies == CopyPlacement.None ? []
        : Plan.RelativeTolerance > 0 && _setup.Remedy.OwnerStands && _iteration!.Verdicts.Count > 0 ? [.. Enumerable.Range(0, Plan.Stages)]
        : Gradients.Disagreeing(_pass.Prepared, Plan.RelativeTolerance).Except(_iteration!.Frozen).Union(Missed());

    // A copy may differ where the owner stands by definition, or where its holder was skipped while its owner was stepped.
    private ImmutableSortedSet<int> Excused() => _setup.Remedy.OwnerStands
        ? [.. Enumerable.Range(0, Plan.Stages)]
        : Missed();

    private ImmutableSortedSet<int> Missed() =>
    [
        .. from holder in _iteration!.Skipped
           let block = _setup.CopyHeldBy(holder)
           where block is not null && !_iteration.Frozen.Contains(block.Value)
           select block.Value,
    ];

    private void Finish()
    {
        Record();
        if (Misplaced() is { } better) CallRoll(better, moves: true);
        else GoOn();
    }

    // From a version that every holder has. What was evaluated before a failure need not be again.
    private void GoOn()
    {
        StoreIfDue();
        var due = Plan.EvaluateEvery > 0 && _version > 0 && _version % Plan.EvaluateEvery == 0 && _version < Plan.Iterations;
        if (due && _evaluatedVersion != _version && !_interrupted) Evaluate(last: false);
        else NextIteration();
    }

    // At an iteration's boundary stages move to where there is more room, or away from where there soon is none. Where nobody
    // came or is to go there is nothing to think over: whose node is lost is placed anew before that, and a lost spare leaves no room.
    private string? Misplaced()
    {
        if (!_nodesChanged) return null;
        _nodesChanged = false;
        var stays = Enumerable.Range(0, Plan.Stages).Where(s => !_leaving.Contains(_placement[s])).ToDictionary(s => s, s => _placement[s]);
        if (Place(stays) is not { } better || better.SequenceEqual(_placement)) return null;
        var moving = Enumerable.Range(0, Plan.Stages).Where(s => better[s] != _placement[s])
            .Select(s => $"stage {s} moves from {_placement[s]} to {better[s]}");
        return string.Join(", ", moving);
    }

    private void Record()
    {
        _iteration!.Close();
        _trained += _setup.Ports.Clock.GetElapsedTime(_iterationBegan);
        Reach(_version + 1);
        _replay = 0;
        Tell(_last!.Record with { Refetched = [.. _iteration.Refetched], Elapsed = _trained });
    }

    private void Reach(long version)
    {
        _version = version;
        if (version <= _highest) return;
        // Only progress makes up for failures: what comes again after going back would come for ever.
        _highest = version;
        _failures.Clear();
    }

    private static string Blocks(ImmutableSortedSet<int> blocks) =>
        $"{(blocks.Count == 1 ? "block" : "blocks")} {string.Join(", ", blocks)}";
}
