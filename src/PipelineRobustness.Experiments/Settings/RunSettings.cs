using PipelineRobustness.Adversity;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

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
    SettingSection Effective)
{
    /// <summary>Training tokens of one iteration.</summary>
    public long TokensPerIteration => (long)Training.MicroBatches * Training.MicroBatchSize * Training.SequenceLength;
}

/// <summary>Which model: a preset's name, or a Hugging Face folder, which wins.</summary>
public sealed record ModelSettings(string Preset, string? Path)
{
    /// <summary>The model as the user named it.</summary>
    public string Shown => Path ?? Preset;
}

/// <summary>How the model is spread and how long its stages wait for each other.</summary>
public sealed record PipelineSettings(int Stages, int IntraOpThreads, TimeSpan WaitReport, TimeSpan GiveUpAfter);

/// <summary>How it is trained. <paramref name="ClipNorm"/> 0 cuts nothing.</summary>
public sealed record TrainingSettings(
    long Iterations,
    int MicroBatches,
    int MicroBatchSize,
    int SequenceLength,
    double LearningRate,
    long WarmUp,
    double WeightDecay,
    double Beta1,
    double Beta2,
    double Epsilon,
    double ClipNorm,
    ClipScope Clip);

/// <summary>On what text: a file, which wins, or a corpus by name.</summary>
public sealed record DataSettings(string Corpus, string? Path, double ValidationShare);

/// <summary>When and on how much text perplexity is measured; 0 means at the end only, and all windows.</summary>
public sealed record EvaluationSettings(long Every, int Windows);

/// <summary>Who attacks, in each direction.</summary>
public sealed record AttackSettings(IReadOnlyList<AttackPlan> Forward, IReadOnlyList<AttackPlan> Backward)
{
    /// <summary>Whether there is any attack.</summary>
    public bool Any => Forward.Count + Backward.Count > 0;
}

/// <summary>What is done about it. <paramref name="Tolerance"/> 0 compares bytes.</summary>
public sealed record DefenceSettings(string Remedy, CopyPlacement Copies, double Tolerance, int Tries)
{
    /// <summary>The remedy under which nothing is compared.</summary>
    public const string Off = "off";

    /// <summary>Whether copies are compared with what was sent.</summary>
    public bool Checks => Remedy != Off;
}
