namespace PipelineRobustness.Experiments.League;

/// <summary>
/// What came of one cell. An attack is all that one stage does falsely in one attempt at an iteration in one act (forward, backward, sum,
/// step, ...), in however many micro-batches.
/// </summary>
public sealed record LeagueRow
{
    /// <summary>The attacker's name.</summary>
    public required string Attacker { get; init; }

    /// <summary>The detector's name.</summary>
    public required string Detector { get; init; }

    /// <summary>The model's name.</summary>
    public required string Family { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What decides the cell's numbers, as a hash: two rows with the same are of the same settings, inputs and first weights.</summary>
    public required string Identity { get; init; }

    /// <summary>The same of the cell without attack and defence: only rows in which this is equal can be compared.</summary>
    public required string CleanIdentity { get; init; }

    /// <summary>The version of the program that worked it.</summary>
    public required string Program { get; init; }

    /// <summary>Whether the run was trained to its end; else it failed, and <see cref="Reason"/> says why.</summary>
    public required bool Done { get; init; }

    /// <summary>Why it failed; null where it did not.</summary>
    public required string? Reason { get; init; }

    /// <summary>Iterations committed.</summary>
    public required long Iterations { get; init; }

    /// <summary>Attempts at iterations.</summary>
    public required long Attempts { get; init; }

    /// <summary>Attacks made.</summary>
    public required long Attacks { get; init; }

    /// <summary>Of these, those that a verdict or a conviction names.</summary>
    public required long Detected { get; init; }

    /// <summary>Of the others, those in an attempt that was discarded for another conviction.</summary>
    public required long Averted { get; init; }

    /// <summary>Which attack was the first to be detected or averted, from 1; null where none was.</summary>
    public required long? Delay { get; init; }

    /// <summary>Attempts with an attack.</summary>
    public required long AttackedAttempts { get; init; }

    /// <summary>Of these, those in which one was detected or averted.</summary>
    public required long CaughtAttempts { get; init; }

    /// <summary>How many values were compared, judged, or worked again.</summary>
    public required long Checks { get; init; }

    /// <summary>Verdicts, and alarms that a hearing refuted, about stages that did not attack there.</summary>
    public required long FalseFindings { get; init; }

    /// <summary>Convictions of stages that did not attack there.</summary>
    public required long FalseConvictions { get; init; }

    /// <summary>Perplexity of the final weights on the evaluation text; null where it is not finite, or the run failed.</summary>
    public required double? Perplexity { get; init; }

    /// <summary>SHA-256 of the final weights; null where the run failed.</summary>
    public required string? Weights { get; init; }

    /// <summary>CPU time of all threads, evaluation and loading included, in seconds.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>What stages sent each other in all attempts, in bytes, by arithmetic; exhibits of hearings are not counted.</summary>
    public required long Bytes { get; init; }

    /// <summary>What the same findings come to where the truth is shuffled.</summary>
    public required ShuffledTruth Shuffled { get; init; }

    /// <summary>Its cell.</summary>
    public CellKey Key => new(Attacker, Detector, Family, Seed);

    /// <summary>Attacks that were detected or averted.</summary>
    public long Caught => Detected + Averted;

    /// <summary>Whether it was trained to its end, and its numbers are not finite.</summary>
    public bool Diverged => Done && Perplexity is null;
}
