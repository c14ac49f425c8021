using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Settings;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>All settings of one run, each of its type and within its range.</summary>
public sealed record RunSettings
{
    /// <summary>The run's name, unique in the experiment; also the name of its folder.</summary>
    public string Name { get; init; } = "";

    /// <summary>The run whose final weights this one starts with, or null.</summary>
    public string? From { get; init; }

    /// <summary>The runs whose final weights this one needs: that which it starts from, and those that its attackers use.</summary>
    public IEnumerable<string> Needs => ((string?[])[From, .. Attack.OtherRuns]).OfType<string>().Distinct();

    /// <summary>Every setting with its origin.</summary>
    public SettingSection Effective { get; init; } = new([], new Origin(""));

    /// <summary>
    /// Everything random is drawn from this number (64 bits, unsigned): weights, the order of the data, which stages attack and
    /// when.
    /// </summary>
    [Setting]
    public ulong Seed { get; init; } = 1;

    /// <summary>The model and its tokenizer.</summary>
    [Setting]
    public ModelSettings Model { get; init; } = new();

    /// <summary>How the model is spread over stages.</summary>
    [Setting]
    public PipelineSettings Pipeline { get; init; } = new();

    /// <summary>Batches and optimizer.</summary>
    [Setting]
    public TrainingSettings Training { get; init; } = new();

    /// <summary>The text to train and evaluate on.</summary>
    [Setting]
    public DataSettings Data { get; init; } = new();

    /// <summary>When perplexity is measured.</summary>
    [Setting]
    public EvaluationSettings Evaluation { get; init; } = new();

    /// <summary>Which stages lie, and how. Needs at least 3 stages.</summary>
    [Setting]
    public AttackSettings Attack { get; init; } = new();

    /// <summary>What is compared, and what follows a verdict.</summary>
    [Setting]
    public DefenceSettings Defence { get; init; } = new();

    /// <summary>Retry limits and time-outs after a failure. The results do not depend on them.</summary>
    [Setting]
    public RecoverySettings Recovery { get; init; } = new();

    /// <summary>
    /// When a run is saved: weights, moments and step counts, three times the size of the model on disk. An interrupted run,
    /// or one that lost more nodes than its copies make up for, resumes from its newest checkpoint. The results do not depend
    /// on these settings.
    /// </summary>
    [Setting]
    public CheckpointSettings Checkpoint { get; init; } = new();

    /// <summary>What is kept of a run.</summary>
    [Setting]
    public OutputSettings Output { get; init; } = new();

    /// <summary>
    /// What fails during the run when <c>simulate FILE.conf</c> executes it: the name of a shipped scenario
    /// (docs/simulation.md lists them) or a file ending in .conf; a relative path is resolved like <c>model.path</c>. Empty:
    /// nothing fails. A run that survives its scenario ends with the same bits as without. Real processes execute a scenario
    /// only when asked to (run-cluster.sh --scenario); <c>run</c> never does.
    /// </summary>
    [Setting<PathText>]
    public string? Scenario { get; init; }

    /// <summary>The simulated machines of <c>simulate</c>. No other command reads these settings.</summary>
    [Setting]
    public SimulationSettings Simulation { get; init; } = new();

    /// <summary>What a program has plugged in that no setting names, such as <c>detector range</c>; empty for none.</summary>
    public string PluggedIn => string.Join(
        ", ",
        (string[])
        [
            .. Defence.Rule.Name == Defence.Remedy ? [] : (string[])[$"remedy {Defence.Rule.Name}"],
            .. Defence.Detector.Name == WrittenDetector ? [] : (string[])[$"detector {Defence.Detector.Name}"],
            .. Pipeline.Schedule is GPipe ? [] : (string[])[$"schedule {Pipeline.Schedule.Name}"],
        ]);

    /// <summary>What judges received values, with the options that are not the defaults; <c>none</c> where nothing does.</summary>
    public string DetectorInWords => Defence.Inspecting is { } detector ? DetectorCatalog.Describe(detector) : "none";

    /// <summary>Whether values are judged by another detector than bytes against a copy's.</summary>
    public bool HasOtherDetector => DetectorInWords is not ("none" or "copies");

    private string WrittenDetector =>
        (Effective.Find($"defence.detector.{SettingsByKind.Key}") as SettingText)?.Text ?? new DefenceSettings().Detector.Name;

    /// <summary>Training tokens of one iteration.</summary>
    public long TokensPerIteration => (long)Training.MicroBatches * Training.MicroBatchSize * Training.SequenceLength;
}
