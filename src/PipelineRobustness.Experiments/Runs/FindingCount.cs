using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// What detectors found under a referee, where it counts: in attempts that were committed, and what a stage was convicted of. What else
/// was found in an attempt that ended with a ruling is thrown away with it.
/// </summary>
/// <param name="All">Findings.</param>
/// <param name="False">Of these, those whose hearing cleared the block: all of attempts that were committed.</param>
public readonly record struct FindingCount(long All, long False)
{
    /// <summary>What follows from a run's record.</summary>
    /// <param name="verdicts">Those of committed attempts.</param>
    /// <param name="rulings">The rulings.</param>
    public static FindingCount Of(IReadOnlyCollection<Verdict> verdicts, IEnumerable<Ruling> rulings)
    {
        ArgumentNullException.ThrowIfNull(verdicts);
        return new(verdicts.Count + rulings.Count(ruling => ruling.Convicted?.FoundBy is not null), verdicts.Count);
    }
}
