using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// Completes what stages noted of their lies by what the seed draws. A stage reports a pass before it steps, gives a state away or
/// shows anything to the referee: a convicted stage is not asked any more what it did then.
/// </summary>
/// <param name="run">The run.</param>
internal sealed class LiarTruth(RunSettings run)
{
    private readonly Adversary? _adversary = run.Attack.Liars.Count > 0 ? RunParts.Adversary(run) : null;

    /// <summary>An event with all attacks in its notes, alike in one process and in many; itself where there are no liars.</summary>
    /// <param name="occurrence">The event.</param>
    /// <param name="made">Rulings so far.</param>
    public RunEvent In(RunEvent occurrence, IReadOnlyCollection<Ruling> made) => (_adversary, occurrence) switch
    {
        (null, _) => occurrence,
        (_, IterationCommitted e) => e with
        {
            Notes = [AttackEvent.ToNote(Completed(
                Parsed(e.Notes).Where(attack => attack.Act != Act.Step || attack.Attempt == e.Attempts - 1), e.Rulings))],
        },
        (_, IterationAbandoned e) => e with
        {
            Notes = [AttackEvent.ToNote(Completed(
                Parsed(e.Notes).Where(attack => attack.Act != Act.Step), [.. made.Where(ruling => ruling.Iteration == e.Iteration)]))],
        },
        _ => occurrence,
    };

    /// <summary>Attacks with those that only the rulings and the draws tell.</summary>
    public IEnumerable<AttackEvent> Completed(IEnumerable<AttackEvent> noted, IEnumerable<Ruling> rulings)
    {
        var attacks = new SortedSet<AttackEvent>(noted);
        if (_adversary is null) return attacks;
        foreach (var ruling in rulings)
        {
            if (ruling.Convicted is not { } convicted) continue;
            bool IsOf(AttackEvent attack) => (attack.Iteration, attack.Attempt, attack.Stage) == (ruling.Iteration, ruling.Attempt, convicted.Stage);
            attacks.RemoveWhere(attack => attack.Act == Act.Statement && IsOf(attack));
            // What the stage noted of the pass was an earlier seat's, where this one is convicted of what came later.
            if (attacks.Any(attack => IsOf(attack) && (ruling.EndsAttempt || attack.Act == ruling.Act))) continue;
            var drawn = _adversary.AfterPass(ruling.Iteration, ruling.Attempt, convicted.Stage, convicted.Seat);
            var act = drawn.Any(attack => attack.Act == ruling.Act) ? ruling.Act : Act.Statement;
            attacks.UnionWith(drawn.Where(attack => attack.Act == act));
        }

        return attacks;
    }

    private static IEnumerable<AttackEvent> Parsed(IEnumerable<string> notes) => notes.SelectMany(AttackEvent.Parse);
}
