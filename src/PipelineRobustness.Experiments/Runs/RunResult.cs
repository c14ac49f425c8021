using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Text.Prompts;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>A measurement after so many iterations.</summary>
/// <param name="Iteration">Iterations committed, from 1.</param>
/// <param name="Loss">Mean loss per target.</param>
public readonly record struct LossPoint(long Iteration, double Loss);

/// <summary>The result of one run.</summary>
public sealed record RunResult
{
    /// <summary>Its settings.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>How it ended.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>The status as experiment.json has it: <c>done</c>, <c>failed</c> or <c>interrupted</c>.</summary>
    public string StatusName => Status.ToString().ToLowerInvariant();

    /// <summary>The status as tables show it: also <c>not begun</c>.</summary>
    public string ShownStatus => IsBegun ? StatusName : "not begun";

    /// <summary>Whether the run was begun; if not, it failed or was interrupted before.</summary>
    public bool IsBegun { get; private init; } = true;

    /// <summary>The reason if it is not done: one line.</summary>
    public string? Reason { get; init; }

    /// <summary>Iterations committed.</summary>
    public long Iterations { get; init; }

    /// <summary>Mean loss per target on the evaluation text after the last iteration; null if there was none.</summary>
    public double? EvaluationLoss { get; init; }

    /// <summary>Attacks and verdicts, or convictions under referee; detections mean nothing where nothing is compared.</summary>
    public VerdictTally Tally { get; init; } = new(0, 0, 0);

    /// <summary>What the referee has come to; null where there is none.</summary>
    public RefereeResult? Refereed { get; init; }

    /// <summary>Attempts of all iterations, one each at least.</summary>
    public long Attempts { get; init; }

    /// <summary>Attempts repeated because no honest holder was left.</summary>
    public long Repeats { get; init; }

    /// <summary>Attempts repeated because original and copy of a block reported different gradients.</summary>
    public long Disagreements { get; init; }

    /// <summary>Iterations in which a stage took no part, summed over stages.</summary>
    public long Skipped { get; init; }

    /// <summary>Iterations in which a remedy kept a block from being updated, summed over blocks.</summary>
    public long Frozen { get; init; }

    /// <summary>How often the run resumed after something broke.</summary>
    public long Recoveries { get; init; }

    /// <summary>The first number that was not finite; null where all were.</summary>
    public NumberNotFinite? NotFinite { get; init; }

    /// <summary>Time spent on committed iterations, evaluation left out.</summary>
    public TimeSpan TrainingTime { get; init; }

    /// <summary>
    /// Most bytes resident at once while it ran and its weights were saved, above what was before its model was loaded; null
    /// where it was not begun or threw.
    /// </summary>
    public long? PeakMemory { get; init; }

    /// <summary>Whether <see cref="PeakMemory"/> is this run's; otherwise the system only reports the maximum since the process began.</summary>
    public bool PeakIsOfRun { get; init; }

    /// <summary>What `plan` says that all stages hold, and a hearing takes, in bytes: <see cref="StageCost.Memory"/>, <see cref="HearingCost"/>.</summary>
    public long? PlannedMemory { get; init; }

    /// <summary><see cref="PeakMemory"/> over <see cref="PlannedMemory"/>.</summary>
    public double? MemoryRatio => (double?)PeakMemory / PlannedMemory;

    /// <summary>Fingerprints of its inputs; null if it was not begun.</summary>
    public RunInputs? Inputs { get; init; }

    /// <summary>The version of the program that ran it.</summary>
    public string Program { get; init; } = Versions.Program;

    /// <summary>SHA-256 of the final weights; null where there are none.</summary>
    public string? WeightsSha256 { get; init; }

    /// <summary>SHA-256 of weights, moments, step counts and the position in the data; null where there are none.</summary>
    public string? StateSha256 { get; init; }

    /// <summary>Folder with the final weights, relative to the output folder; null where there are none.</summary>
    public string? ModelFolder { get; init; }

    /// <summary>What was left out of <see cref="ModelFolder"/>, one line each.</summary>
    public IReadOnlyList<string> SavingNotes { get; init; } = [];

    /// <summary>What the final weights went on with after the prompts of each set; empty where there are none.</summary>
    public IReadOnlyList<PromptShare> Prompts { get; init; } = [];

    /// <summary>Training windows used in all, parents' included.</summary>
    public long WindowsUsed { get; init; }

    /// <summary>Training loss of every iteration.</summary>
    public IReadOnlyList<LossPoint> Losses { get; init; } = [];

    /// <summary>Evaluation loss wherever it was measured.</summary>
    public IReadOnlyList<LossPoint> Evaluations { get; init; } = [];

    /// <summary>exp of <see cref="EvaluationLoss"/>; null where there is none or it is not finite.</summary>
    public double? Perplexity => EvaluationLoss is { } loss && double.IsFinite(Math.Exp(loss)) ? Math.Exp(loss) : null;

    /// <summary>Whether the numbers that it ended with are not finite.</summary>
    public bool Diverged =>
        (EvaluationLoss is { } loss && !double.IsFinite(Math.Exp(loss))) || (Losses.Count > 0 && !double.IsFinite(Losses[^1].Loss));

    /// <summary>Committed training tokens per second of <see cref="TrainingTime"/>; null where nothing was committed.</summary>
    public double? TokensPerSecond => TrainingTime > TimeSpan.Zero
        ? Iterations * Settings.TokensPerIteration / TrainingTime.TotalSeconds
        : null;

    /// <summary>Attacks that were named; null where nothing is compared.</summary>
    public long? Detected => Settings.Defence.Checks ? Tally.Detected : null;

    /// <summary>The same run, of which something could not be saved: it has failed, unless it was interrupted, and keeps its numbers.</summary>
    public RunResult NotSaved(NotSavedException trouble)
    {
        ArgumentNullException.ThrowIfNull(trouble);
        return this with
        {
            Status = Status == RunStatus.Done ? RunStatus.Failed : Status,
            Reason = Reason is null ? trouble.Message : $"{Reason}; {trouble.Message}",
        };
    }

    /// <summary>A run that was never begun.</summary>
    public static RunResult NotBegun(RunSettings settings, RunStatus status, string reason) =>
        new() { Settings = settings, Status = status, Reason = reason, IsBegun = false };
}
