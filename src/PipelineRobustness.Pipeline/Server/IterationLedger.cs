using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>The attempts and passes of the iteration under way, and what they found.</summary>
/// <param name="iteration">The iteration.</param>
/// <param name="plan">The run.</param>
/// <param name="began">When it began.</param>
/// <param name="retry">How often it was retried after a failure.</param>
/// <param name="rulings">The rulings of the run.</param>
internal sealed class IterationLedger(long iteration, RunPlan plan, TimeSpan began, int retry, Rulings rulings)
{
    private readonly List<Verdict> _verdicts = [];
    private readonly List<string> _notes = [.. rulings.NotesOf(iteration)];

    public long Iteration => iteration;

    /// <summary>When it began.</summary>
    public TimeSpan Began => began;

    /// <summary>How often an attempt was repeated because the state of a holder had changed.</summary>
    public int Repetitions { get; private set; }

    /// <summary>Whether all holders have stepped.</summary>
    public bool Committed { get; private set; }

    /// <summary>The attempt under way: those that ended with a ruling are not repeated.</summary>
    public int Attempt { get; private set; } = rulings.AttemptOf(iteration);

    public int Pass { get; private set; }

    public int Repeats { get; private set; }

    public int Disagreements { get; private set; }

    /// <summary>The keys by which the attempt's audits were drawn.</summary>
    public AuditKeys Audits { get; set; }

    public ImmutableSortedSet<int> Skipped { get; private set; } = [];

    /// <summary>Blocks that the remedy keeps from being updated.</summary>
    public ImmutableSortedSet<int> FrozenByRemedy { get; private set; } = [];

    /// <summary>All blocks that will not be updated.</summary>
    public ImmutableSortedSet<int> Frozen => FrozenByRemedy.Union(plan.FrozenBlocks);

    public IReadOnlyList<Verdict> Verdicts => _verdicts;

    /// <summary>Blocks whose copies were rebuilt.</summary>
    public SortedSet<int> Refetched { get; } = [];

    public Judgement Judge(IRemedy remedy, IReadOnlyList<Verdict> verdicts) => verdicts.Count == 0
        ? Judgement.Accept.Instance
        : remedy.Judge(new Evidence(plan.Stages, verdicts, Skipped, FrozenByRemedy));

    /// <summary>What stages' behaviour wanted kept; the same only once.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Keeps the verdicts and notes of a pass that is complete or was thrown away.</summary>
    public void Keep(IReadOnlyList<Verdict> verdicts, IEnumerable<string> notes)
    {
        _verdicts.AddRange(verdicts);
        _notes.AddRange(notes.Except(_notes));
    }

    /// <summary>The pass under way, under a ballot.</summary>
    public StepId Step(Ballot ballot) => new(ballot, iteration, Purpose.Training, retry + Repetitions, Attempt, Pass);

    /// <summary>The same attempt once more.</summary>
    public void Repeat() => Repetitions++;

    /// <summary>What is recorded of it with a commit.</summary>
    public IterationCommitted Committing(double loss, double learningRate, double norm, TimeSpan elapsed) => new(
        iteration, loss, learningRate, norm, Attempt + 1, Repeats, Disagreements, Pass + 1, [.. Skipped], [.. FrozenByRemedy], [.. Verdicts], [.. Notes],
        [.. Refetched], elapsed, [], [], Audits);

    /// <summary>What is recorded of it where the run ends before it is committed.</summary>
    public IterationAbandoned Abandoned => new(iteration, Attempt, Repeats, Disagreements, [.. Verdicts], [.. Notes]);

    public void Close() => Committed = true;

    public void NextAttempt(bool takenOver, bool disagreed)
    {
        Attempt++;
        Pass = 0;
        if (takenOver) Repeats++;
        if (disagreed) Disagreements++;
        Skipped = [];
        FrozenByRemedy = [];
    }

    public void NextPass(Judgement.RepeatWithout without)
    {
        Pass++;
        Skipped = without.Skipped;
        FrozenByRemedy = without.Frozen;
    }
}
