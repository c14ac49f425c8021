using System.Text.Json.Nodes;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// What is recorded of a run: every committed iteration once, in order and without gaps, with the verdicts of all its attempts
/// and the attacks that they are held against. A server that moved, or fell back to a checkpoint, reports
/// iterations again; that changes nothing here.
/// </summary>
/// <param name="identity">The run's <see cref="RunIdentity"/>; null where it is not known.</param>
/// <param name="content">What the identity is made of; null where it is not known.</param>
public sealed class RunRecord(string? identity = null, JsonObject? content = null)
{
    private readonly List<LossPoint> _losses = [];
    private readonly SortedDictionary<long, double> _evaluations = [];
    private readonly List<Verdict> _verdicts = [];
    private readonly HashSet<AttackEvent> _attacks = [];
    private bool _abandoned;

    /// <summary>The run's identity; null where it is not known.</summary>
    public string? Identity => identity;

    /// <summary>What the run's identity is made of; null where it is not known.</summary>
    public JsonObject? Content => content;

    /// <summary>Iterations recorded.</summary>
    public long Iterations => _losses.Count;

    /// <summary>Training loss of every iteration.</summary>
    public IReadOnlyList<LossPoint> Losses => _losses;

    /// <summary>Evaluation loss wherever it was measured.</summary>
    public IReadOnlyList<LossPoint> Evaluations => [.. _evaluations.Select(e => new LossPoint(e.Key, e.Value))];

    /// <summary>Verdicts of all attempts.</summary>
    public IReadOnlyList<Verdict> Verdicts => _verdicts;

    /// <summary>Attacks and verdicts, held against each other.</summary>
    public VerdictTally Tally => VerdictTally.Of(_attacks, _verdicts);

    /// <summary>Attempts of all iterations, one each at least.</summary>
    public long Attempts { get; private set; }

    /// <summary>Attempts repeated because no honest holder was left.</summary>
    public long Repeats { get; private set; }

    /// <summary>Attempts repeated because original and copy of a block reported different gradients.</summary>
    public long Disagreements { get; private set; }

    /// <summary>Iterations in which a stage took no part, summed over stages.</summary>
    public long Skipped { get; private set; }

    /// <summary>Iterations in which a block was not updated, summed over blocks.</summary>
    public long Frozen { get; private set; }

    /// <summary>How often the run resumed after something broke or stages moved.</summary>
    public long Recoveries { get; private set; }

    /// <summary>The first number that was not finite; null where all were.</summary>
    public NumberNotFinite? NotFinite { get; private set; }

    /// <summary>Time spent on committed iterations, evaluation left out.</summary>
    public TimeSpan TrainingTime { get; private set; }

    /// <summary>Takes an event in.</summary>
    /// <returns>False if it is recorded already and need not be reported again.</returns>
    /// <exception cref="InvalidDataException">Iterations that come before it are not recorded.</exception>
    /// <exception cref="FormatException">One of its notes is malformed.</exception>
    public bool Take(RunEvent occurrence) => occurrence switch
    {
        IterationCommitted committed => Take(committed),
        IterationAbandoned abandoned => Take(abandoned),
        Evaluated evaluated => Take(evaluated),
        NumberNotFinite found => Take(found),
        RecoveryEnded => ++Recoveries > 0,
        _ => true,
    };

    private bool Take(IterationCommitted committed)
    {
        if (committed.Iteration < Iterations)
            return false;

        Expect(committed.Iteration == Iterations, $"iteration {committed.Iteration}");
        Keep(committed.Iteration, committed.Verdicts, committed.Notes);
        _losses.Add(new LossPoint(committed.Iteration + 1, committed.Loss));
        Count(committed.Attempts, committed.Repeats, committed.Disagreements);
        Skipped += committed.Skipped.Length;
        Frozen += committed.Frozen.Length;

        // A server that resumes from a checkpoint also resumes that checkpoint's clock, which may be slightly behind.
        TrainingTime = committed.Elapsed > TrainingTime ? committed.Elapsed : TrainingTime;
        return true;
    }

    private bool Take(IterationAbandoned abandoned)
    {
        if (_abandoned || abandoned.Iteration < Iterations)
            return false;

        Expect(abandoned.Iteration == Iterations, $"iteration {abandoned.Iteration}, given up,");
        Keep(abandoned.Iteration, abandoned.Verdicts, abandoned.Notes);
        Count(abandoned.Attempts, abandoned.Repeats, abandoned.Disagreements);
        return _abandoned = true;
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

    private void Keep(long iteration, IEnumerable<Verdict> verdicts, IEnumerable<string> notes)
    {
        var attacks = notes.SelectMany(AttackEvent.Parse).ToList();
        if (attacks.Exists(a => a.Iteration != iteration))
            throw new InvalidDataException($"expected notes of iteration {iteration}, found {AttackEvent.ToNote(attacks)}");

        _attacks.UnionWith(attacks);
        _verdicts.AddRange(verdicts);
    }

    private void Count(int attempts, int repeats, int disagreements)
    {
        Attempts += attempts;
        Repeats += repeats;
        Disagreements += disagreements;
    }

    private void Expect(bool follows, string found)
    {
        if (!follows)
            throw new InvalidDataException($"expected what follows iteration {Iterations}, counted from 1, found {found}");
    }
}
