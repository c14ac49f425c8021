using System.Collections.Immutable;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// Which notes of stages count: those of attacks on the iteration that they came with. A stage of a foreign process may send any text; it
/// must not end the run.
/// </summary>
internal static class NotesOfAttacks
{
    /// <summary>An event with those alone.</summary>
    public static RunEvent In(RunEvent occurrence) => occurrence switch
    {
        IterationCommitted e => e with { Notes = In(e.Notes, e.Iteration) },
        IterationAbandoned e => e with { Notes = In(e.Notes, e.Iteration) },
        _ => occurrence,
    };

    private static ImmutableArray<string> In(ImmutableArray<string> notes, long iteration) => [.. notes.Where(note => IsOf(note, iteration))];

    private static bool IsOf(string note, long iteration)
    {
        try
        {
            return AttackEvent.Parse(note).All(attack => attack.Iteration == iteration);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
