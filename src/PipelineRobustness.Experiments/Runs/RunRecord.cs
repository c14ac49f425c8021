using System.Text.Json.Nodes;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// What is recorded of a run: every committed iteration once, in order and without gaps, with the verdicts of all its attempts
/// and the attacks that they are held against. A server that moved, or fell back to a checkpoint, reports
/// iterations again; that changes nothing here, unless lies were committed with them and are not any more (<see cref="IsOutdatedBy"/>).
/// </summary>
/// <param name="identity">The run's <see cref="RunIdentity"/>; null where it is not known.</param>
/// <param name="content">What the identity is made of; null where it is not known.</param>
public sealed class RunRecord(string? identity = null, JsonObject? content = null)
{
    private readonly List<IterationCommitted> _committed = [];
    private readonly SortedDictionary<long, double> _evaluations = [];
    private readonly List<Verdict> _verdicts = [];
    private readonly HashSet<AttackEvent> _attacks = [];
    private readonly List<Ruling> _rulings = [];
    private IterationAbandoned? _abandoned;

    /// <summary>The run's identity; null where it is not known.</summary>
    public string? Identity => identity;

    /// <summary>What the run's identity is made of; null where it is not known.</summary>
    public JsonObject? Content => content;

    /// <summary>Iterations recorded.</summary>
    public long Iterations => _committed.Count;

    /// <summary>Training loss of every iteration.</summary>
    public IReadOnlyList<LossPoint> Losses => [.. _committed.Select(c => new LossPoint(c.Iteration + 1, c.Loss))];

    /// <summary>Evaluation loss wherever it was measured.</summary>
    public IReadOnlyList<LossPoint> Evaluations => [.. _evaluations.Select(e => new LossPoint(e.Key, e.Value))];

    /// <summary>Verdicts of all attempts.</summary>
    public IReadOnlyList<Verdict> Verdicts => _verdicts;

    /// <summary>Attacks and verdicts, held against each other.</summary>
    public VerdictTally Tally => VerdictTally.Of(
        _attacks, _verdicts, _committed.SelectMany(committed => committed.Refetched.Select(block => (committed.Iteration, block))));

    /// <summary>Attacks that stages noted.</summary>
    public IReadOnlyCollection<AttackEvent> Attacks => _attacks;

    /// <summary>The rulings, in order.</summary>
    public IReadOnlyList<Ruling> Rulings => _rulings;

    /// <summary>The keys by which audits were drawn: by what was committed, and by what a stage was convicted of.</summary>
    public IEnumerable<KeyValuePair<AuditOccasion, ulong>> AuditKeys =>
        _committed.SelectMany(OfCommit).Concat(_rulings.SelectMany(OfRuling)).DistinctBy(key => key.Key);

    /// <summary>State digest of every block after so many iterations; empty where that is not recorded.</summary>
    public IReadOnlyList<UInt128> DigestsAt(long version) => version > 0 && version <= Iterations ? _committed[(int)version - 1].Digests : [];

    /// <summary>What its iterations come to.</summary>
    public RunTotals Totals { get; private set; }

    /// <summary>How often the run resumed after something broke or stages moved.</summary>
    public long Recoveries { get; private set; }

    /// <summary>The first number that was not finite; null where all were.</summary>
    public NumberNotFinite? NotFinite { get; private set; }

    /// <summary>Takes an event in.</summary>
    /// <returns>False if it is recorded already and need not be reported again.</returns>
    /// <exception cref="InvalidDataException">Iterations that come before it are not recorded.</exception>
    /// <exception cref="FormatException">One of its notes is malformed.</exception>
    public bool Take(RunEvent occurrence) => occurrence switch
    {
        IterationCommitted committed => Take(committed),
        IterationAbandoned abandoned => Take(abandoned),
        RulingMade made => Take(made.Ruling),
        Evaluated evaluated => Take(evaluated),
        NumberNotFinite found => Take(found),
        RecoveryEnded => ++Recoveries > 0,
        _ => true,
    };

    /// <summary>Removes what lies after so many iterations: the run fell back to there and ended.</summary>
    public void CutTo(long iterations)
    {
        if (iterations >= Iterations)
            return;

        _committed.RemoveRange((int)iterations, (int)(Iterations - iterations));
        _verdicts.RemoveAll(verdict => verdict.Iteration >= iterations);
        _attacks.RemoveWhere(attack => attack.Iteration >= iterations);
        _rulings.RemoveAll(ruling => ruling.Iteration >= iterations);
        foreach (var later in _evaluations.Keys.Where(after => after > iterations).ToList())
            _evaluations.Remove(later);

        _abandoned = null;
        Totals = _committed.Aggregate(default(RunTotals), (totals, committed) => totals.With(committed));
        // That of the iteration which did not follow is why the run ended.
        if (NotFinite?.Iteration > iterations)
            NotFinite = null;
    }

    /// <summary>
    /// Whether an iteration is recorded with other numbers than are reported now. Under a referee a lie may be committed before an audit finds its
    /// liars; when all have gone back, the same iterations are worked without it.
    /// </summary>
    public bool IsOutdatedBy(RunEvent occurrence) => occurrence is IterationCommitted { Digests.IsEmpty: false } now
        && now.Iteration < Iterations && _committed[(int)now.Iteration] is { Digests.IsEmpty: false } then
        && !(then.Loss.Equals(now.Loss) && then.Digests.SequenceEqual(now.Digests));

    /// <summary>Removes an iteration that is outdated and what came of it. Rulings stay: they are never taken back.</summary>
    public void WorkAgain(long iteration)
    {
        var rulings = _rulings.ToArray();
        CutTo(iteration);
        foreach (var ruling in rulings) Take(ruling);
    }

    private bool Take(IterationCommitted committed)
    {
        if (committed.Iteration < Iterations)
            return false;

        Expect(committed.Iteration == Iterations, $"iteration {committed.Iteration}");
        Keep(committed.Iteration, committed.Verdicts, committed.Notes);
        foreach (var ruling in committed.Rulings) Take(ruling);
        _committed.Add(committed);
        Totals = Totals.With(committed);
        return true;
    }

    private bool Take(Ruling ruling)
    {
        var plain = RulingLine.Plain(ruling);
        if (_rulings.Contains(plain))
            return false;

        _rulings.Add(plain);
        return true;
    }

    private bool Take(IterationAbandoned abandoned)
    {
        if (_abandoned is not null || abandoned.Iteration < Iterations)
            return false;

        Expect(abandoned.Iteration == Iterations, $"iteration {abandoned.Iteration}, given up,");
        Keep(abandoned.Iteration, abandoned.Verdicts, abandoned.Notes);
        _abandoned = abandoned;
        Totals = Totals.With(abandoned);
        return true;
    }

    private bool Take(Evaluated evaluated)
    {
        Expect(evaluated.Iteration <= Iterations, $"the evaluation after iteration {evaluated.Iteration}");
        return _evaluations.TryAdd(evaluated.Iteration, evaluated.Loss);
    }

    private bool Take(NumberNotFinite found)
    {
        if (NotFinite is not null)
            return false;

        NotFinite = found;
        return true;
    }

    private static IEnumerable<KeyValuePair<AuditOccasion, ulong>> OfCommit(IterationCommitted committed)
    {
        var (iteration, attempt) = (committed.Iteration, committed.Attempts - 1);
        if (committed.Audits.Pass is { } pass) yield return new(new(AuditKind.Pass, iteration, attempt), pass);
        if (committed.Audits.Step is { } step) yield return new(new(AuditKind.Step, iteration, attempt), step);
    }

    private static IEnumerable<KeyValuePair<AuditOccasion, ulong>> OfRuling(Ruling ruling) => ruling.Convicted?.AuditKey is not { } key ? []
        : [new(new(ruling.Act is Act.Step or Act.Sum ? AuditKind.Step : AuditKind.Pass, ruling.Iteration, ruling.Attempt), key)];

    private void Keep(long iteration, IEnumerable<Verdict> verdicts, IEnumerable<string> notes)
    {
        var attacks = notes.SelectMany(AttackEvent.Parse).ToList();
        if (attacks.Exists(a => a.Iteration != iteration))
            throw new InvalidDataException($"expected notes of iteration {iteration}, found {AttackEvent.ToNote(attacks)}");

        _attacks.UnionWith(attacks);
        _verdicts.AddRange(verdicts);
    }

    private void Expect(bool follows, string found)
    {
        if (!follows)
            throw new InvalidDataException($"expected what follows iteration {Iterations}, counted from 1, found {found}");
    }
}
