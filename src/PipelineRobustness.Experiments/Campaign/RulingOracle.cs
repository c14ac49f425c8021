using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Whether a referee ruled what it had to, in which attempt, and nothing else: every ruling against <see cref="RulingModel"/>, and of
/// every committed iteration that nothing was left to rule. A retry after a failure comes to the same.
/// </summary>
internal sealed class RulingOracle
{
    private readonly CampaignCase _one;
    private readonly CaseRun _run;
    private readonly RulingModel _model;

    // What colluders did in each iteration as it was committed last, unless they were convicted of it.
    private readonly SortedDictionary<long, string> _collusions = [];

    // What was ruled, by what was judged: a pass, the step after it, or what was given in a recovery.
    private readonly Dictionary<(long Iteration, int Attempt, Act? After), List<HashSet<DueRuling>>> _ruled = [];

    // The version that stages are at, and which iterations were reported.
    private readonly HashSet<long> _committed = [];
    private long _version;

    private RulingOracle(CampaignCase one, CaseRun run) => (_one, _run, _model) = (one, run, new RulingModel(one, run.Found));

    /// <summary>The first violation; null where there is none.</summary>
    public static string? Violation(CampaignCase one, CaseRun run) => new RulingOracle(one, run).Violation();

    /// <summary>What colluders did in the iterations that the final weights come from, in a line; empty where that was nothing.</summary>
    public static string CollusionsIn(CampaignCase one, CaseRun run)
    {
        var oracle = new RulingOracle(one, run);
        // Where rulings are wrong, that is said elsewhere.
        oracle.Violation();
        return string.Join("; ", oracle._collusions.Where(committed => committed.Value.Length > 0).Select(committed => $"{committed.Key}: {committed.Value}"));
    }

    /// <summary>
    /// A stage that was convicted though it neither lied nor had a value that changed in memory; null where there is none. Where values
    /// change, what else must be ruled does not follow from the seed.
    /// </summary>
    public static string? Injustice(CaseRun run)
    {
        var changed = run.Injections.Where(i => i.Failure is IValueFailure).Select(i => i.Stage).ToHashSet();
        var liars = run.Lies.Select(lie => (lie.Iteration, lie.Attempt, lie.Stage)).ToHashSet();
        return Rulings(run).FirstOrDefault(ruling => ruling.Convicted is { Stage: var stage }
            && !changed.Contains(stage) && !liars.Contains((ruling.Iteration, ruling.Attempt, stage))) is { } unjust
            ? $"iteration {unjust.Iteration}, attempt {unjust.Attempt}: stage {unjust.Convicted!.Stage} was convicted, and neither lied nor changed" : null;
    }

    private static IEnumerable<Ruling> Rulings(CaseRun run) => run.Events.OfType<RulingMade>().Select(made => made.Ruling).Distinct();

    private string? Violation()
    {
        var batch = new List<Ruling>();
        foreach (var occurrence in _run.Events)
        {
            if (occurrence is RulingMade { Ruling: var ruling } && batch.TrueForAll(other => Judged(other) == Judged(ruling) && !IsOnTheSame(other, ruling)))
            {
                batch.Add(ruling);
                continue;
            }

            if (Take(batch) is { } wrong) return wrong;
            batch.Clear();
            if (occurrence is RulingMade next) batch.Add(next.Ruling);
            else if (occurrence is RunStarted) _version = 0;
            else if (occurrence is RecoveryEnded resumed) Resume(resumed.Version);
            else if (occurrence is IterationCommitted commit && Take(commit) is { } missed) return missed;
        }

        return Take(batch) ?? (_run.Status == RunStatus.Done ? Final() : null);
    }

    private static (long Iteration, int Attempt, Act? After) Judged(Ruling ruling) =>
        (ruling.Iteration, ruling.Attempt, ruling.Act == Act.Transfer ? Act.Transfer : IsOfStep(ruling) ? Act.Step : null);

    /// <summary>Whether it was made after the commit: a sum is heard before it where stages dispute it, and by lot after it.</summary>
    public static bool IsOfStep(Ruling ruling) => ruling.Act == Act.Step || ruling is { Act: Act.Sum, Convicted.AuditKey: not null };

    // On one stage, or one link, there is one ruling at a time.
    private static bool IsOnTheSame(Ruling one, Ruling other) =>
        (one.Convicted?.Stage, one.Relayed) == (other.Convicted?.Stage, other.Relayed);

    private string? Take(List<Ruling> batch)
    {
        if (batch.Count == 0) return null;
        var (judged, made) = (Judged(batch[0]), batch.Select(DueRuling.Of).ToHashSet());
        var (iteration, attempt, after) = judged;
        var where = $"iteration {iteration}, attempt {attempt}";
        // A server may be lost before any stage has heard of its rulings; the next one rules alike, on the same seats.
        if (_ruled.TryGetValue(judged, out var before) && before.Exists(made.SetEquals) && batch.TrueForAll(WasMade)
            && _run.Injections.Any(i => i.Failure.Target.IsServer)) return null;
        var due = after switch
        {
            Act.Step => _model.OfStep(iteration, attempt),
            Act.Transfer => made.Where(ruling => ruling.Convicted is { } stage && _model.TransfersFalsely(iteration, stage)).ToHashSet(),
            _ => _model.OfPass(iteration, attempt),
        };
        if (!due.SetEquals(made)) return $"{where}: ruled on {Shown(made)}, expected {Shown(due)}";
        var endsAttempt = batch.Exists(ruling => ruling.EndsAttempt);
        if (endsAttempt && attempt != AttemptsAt(iteration)) return $"{where}: expected attempt {AttemptsAt(iteration)}";
        if (batch.FirstOrDefault(r => r.Convicted is { } convicted && convicted.Seat != _model.SeatOf(convicted.Stage)) is { Convicted: { } other })
            return $"{where}: stage {other.Stage} lost seat {other.Seat}, expected {_model.SeatOf(other.Stage)}";
        _model.Add(made, endsPass: endsAttempt);
        _ruled[judged] = [.. before ?? [], made];
        return null;
    }

    private bool WasMade(Ruling ruling) => ruling.Convicted is not { } convicted || convicted.Seat < _model.SeatOf(convicted.Stage);

    private string? Take(IterationCommitted commit)
    {
        var (iteration, attempts) = (commit.Iteration, AttemptsAt(commit.Iteration) + 1);
        if (commit.Attempts != attempts) return $"iteration {iteration} took {commit.Attempts} attempts, expected {attempts}";
        var known = _ruled.Where(ruled => ruled.Key.Iteration == iteration).SelectMany(ruled => ruled.Value).SelectMany(made => made).ToHashSet();
        var recorded = commit.Rulings.Select(DueRuling.Of).ToHashSet();
        if (!known.SetEquals(recorded)) return $"iteration {iteration} records rulings on {Shown(recorded)}, expected {Shown(known)}";
        // After a recovery the last commit is reported again, and stages have other seats by then.
        if (!_committed.Add(iteration) && iteration < _version) return null;
        _version = iteration + 1;
        var stepped = _ruled.GetValueOrDefault((iteration, attempts - 1, Act.Step)) ?? [];
        var due = _model.OfCommitted(iteration, attempts - 1).Except(stepped.SelectMany(made => made)).ToList();
        _collusions[iteration] = stepped.Count > 0 ? "" : _model.CollusionsIn(iteration, attempts - 1);
        _model.BeginPass();
        return due.Count == 0 ? null : $"iteration {iteration} was committed, and {Shown(due)} was not ruled on";
    }

    private void Resume(long version)
    {
        _version = version;
        _model.Resume(version);
    }

    private string? Final()
    {
        if (Enumerable.Range(0, _one.Plan.Stages).FirstOrDefault(stage => _model.GivesFalsely(_one.Plan.Iterations, stage), -1) is >= 0 and var stage)
            return $"stage {stage} gave a false final state, and was not convicted";
        // A transfer may be cut short, and what is shown in vain convicts no stage.
        // Nor is there a need to be lucky: colluders who are not drawn are missed.
        var counted = ConvictionTally.Of(
            _run.Lies.Where(lie => lie.Act is not (Act.Transfer or Act.Statement) && !_model.MayBeCollusion(lie)), [.. Rulings(_run)]);
        var others = Injustice(_run);
        return others ?? (counted.Missed > 0 ? $"{counted.Missed} attacks count as missed" : null);
    }

    private int AttemptsAt(long iteration) => _ruled.Count(judged => judged.Key.Iteration == iteration
        && (judged.Key.After is null || judged.Value.Exists(made => made.Any(ruling => ruling.Act == Act.Sum))));

    private static string Shown(IEnumerable<DueRuling> rulings) =>
        string.Join(", ", rulings.Select(ruling => $"{ruling}").Order(StringComparer.Ordinal)) is { Length: > 0 } some ? some : "nothing";
}
