using PipelineRobustness.Adversity;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Everything one run is told, each value of its type and in its range.</summary>
/// <param name="Name">Its name, unique in the experiment; also the name of its folder.</param>
/// <param name="From">The run whose final weights it starts with, or null.</param>
/// <param name="Seed">What everything random is drawn from.</param>
/// <param name="Model">Which model.</param>
/// <param name="Pipeline">Over how many stages.</param>
/// <param name="Training">How it is trained.</param>
/// <param name="Data">On what text.</param>
/// <param name="Evaluation">When perplexity is measured.</param>
/// <param name="Attack">Who lies.</param>
/// <param name="Defence">What is done about it.</param>
/// <param name="Recovery">What is put up with when something breaks.</param>
/// <param name="Checkpoint">When it is saved within itself, so that it can go on from there.</param>
/// <param name="Output">What is kept of it.</param>
/// <param name="Scenario">What goes wrong where it is simulated: a shipped scenario's name or a file; null for nothing.</param>
/// <param name="Simulation">On which machines it is simulated.</param>
/// <param name="Effective">Every setting with where it was written.</param>
public sealed record RunSettings(
    string Name,
    string? From,
    ulong Seed,
    ModelSettings Model,
    PipelineSettings Pipeline,
    TrainingSettings Training,
    DataSettings Data,
    EvaluationSettings Evaluation,
    AttackSettings Attack,
    DefenceSettings Defence,
    RecoverySettings Recovery,
    CheckpointSettings Checkpoint,
    OutputSettings Output,
    string? Scenario,
    SimulationSettings Simulation,
    SettingSection Effective)
{
    /// <summary>Training tokens of one iteration.</summary>
    public long TokensPerIteration => (long)Training.MicroBatches * Training.MicroBatchSize * Training.SequenceLength;
}

/// <summary>Which model: a preset's name, or a Hugging Face folder, which wins; and what its text's tokens are, where that is said.</summary>
public sealed record ModelSettings(string Preset, string? Path, string? Tokenizer)
{
    /// <summary>How many layers, where they are not the preset's.</summary>
    public int? Layers { get; init; }

    /// <summary>What stages work with.</summary>
    public Numerics Numerics { get; init; }

    /// <summary>The model as the user named it.</summary>
    public string Shown => Path ?? (Layers is { } layers ? $"{Preset} with {layers} layers" : Preset);
}

/// <summary>How the model is spread and how long its stages wait for each other.</summary>
public sealed record PipelineSettings(
    int Stages, int IntraOpThreads, TimeSpan WaitReport, TimeSpan GiveUpAfter, IReadOnlyList<string> Placement);

/// <summary>What is put up with before a run is marked failed, or a roll call closed, or a message given up. No bit depends on it.</summary>
public sealed record RecoverySettings(int Replays, TimeSpan RetryAfter, TimeSpan StateTimeout, TimeSpan RoomTimeout);

/// <summary>How it is trained. <paramref name="ClipNorm"/> 0 cuts nothing.</summary>
public sealed record TrainingSettings(
    long Iterations,
    int MicroBatches,
    int MicroBatchSize,
    int SequenceLength,
    bool Recompute,
    double LearningRate,
    long WarmUp,
    double WeightDecay,
    double Beta1,
    double Beta2,
    double Epsilon,
    double ClipNorm,
    ClipScope Clip);

/// <summary>On what text: a file or folder, which wins, or a corpus by name.</summary>
public sealed record DataSettings(string Corpus, string? Path, double ValidationShare)
{
    /// <summary>Where named corpora are; null for the cache.</summary>
    public string? Folder { get; init; }

    /// <summary>The field that holds the documents; null for the usual ones.</summary>
    public string? Field { get; init; }

    /// <summary>Whether WikiText's spaces are taken back.</summary>
    public bool Detokenise { get; init; }

    /// <summary>The corpus by name that is evaluated on; null for the same.</summary>
    public string? EvaluationCorpus { get; init; }
}

/// <summary>When and on how much text perplexity is measured; 0 means at the end only, and all windows.</summary>
public sealed record EvaluationSettings(long Every, int Windows);

/// <summary>Who attacks, or is falsely accused, in each direction.</summary>
public sealed record AttackSettings(IReadOnlyList<AttackPlan> Forward, IReadOnlyList<AttackPlan> Backward)
{
    /// <summary>Whether there is any attack; a checker that cries wolf is none.</summary>
    public bool Any => All.Any(a => !Accuses(a.Plan, a.Direction));

    /// <summary>Whether checkers cry wolf.</summary>
    public bool FalseAlarms => All.Any(a => Accuses(a.Plan, a.Direction));

    /// <summary>Which way entries go: <c>forward</c>, <c>backward</c>, <c>both</c> or <c>unattacked</c>; a part of files' names.</summary>
    public string Directions => (Forward.Count > 0, Backward.Count > 0) switch
    {
        (true, true) => "both",
        (true, false) => "forward",
        (false, true) => "backward",
        _ => "unattacked",
    };

    /// <summary>Every entry with its direction, forward first.</summary>
    public IEnumerable<(AttackPlan Plan, Direction Direction)> All =>
        Forward.Select(p => (p, Direction.Forward)).Concat(Backward.Select(p => (p, Direction.Backward)));

    /// <summary>Whether an entry makes a checker cry wolf, and nobody attack.</summary>
    public static bool Accuses(AttackPlan plan, Direction direction) =>
        AttackCatalog.TryGet(plan.Kind, direction, out var attack) && attack.Accuses;
}

/// <summary>What is done about it. <paramref name="Tolerance"/> 0 compares bytes.</summary>
public sealed record DefenceSettings(string Remedy, CopyPlacement Copies, double Tolerance, int Attempts)
{
    /// <summary>The remedy under which nothing is compared.</summary>
    public const string Off = "off";

    /// <summary>Whether copies are compared with what was sent.</summary>
    public bool Checks => Remedy != Off;
}

/// <summary>
/// After every how many iterations a run is saved, and how many such checkpoints stay. <paramref name="Every"/> 0 means only
/// when it is interrupted. Not a bit of the results depends on either.
/// </summary>
public sealed record CheckpointSettings(long Every, TimeSpan Within, int Keep);

/// <summary>
/// What is kept. Without <paramref name="AllModels"/> only the weights that a later run starts with; without
/// <paramref name="KeepsCheckpoints"/> only those of runs that are not done.
/// </summary>
public sealed record OutputSettings(bool AllModels, bool KeepsCheckpoints);

/// <summary>On which machines a run is simulated. Not a bit of the results depends on it.</summary>
/// <param name="Network">What lies between them, by its name.</param>
/// <param name="Nodes">How many there are; null for one a stage.</param>
/// <param name="FlopsPerSecond">What each computes in a second.</param>
/// <param name="Detection">How long it takes until others know of a failure.</param>
public sealed record SimulationSettings(string Network, int? Nodes, double FlopsPerSecond, DetectionTimes Detection);
