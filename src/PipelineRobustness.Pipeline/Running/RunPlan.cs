using System.Collections.Immutable;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Settings;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>What stages compute with.</summary>
public enum Numerics
{
    /// <summary>Tensors.</summary>
    Torch,

    /// <summary>Shapes alone: only virtual time passes, and only sizes are sent. For simulations.</summary>
    Shapes,
}

/// <summary>Everything that decides the numbers of a run, and how long it waits.</summary>
public sealed record RunPlan
{
    /// <summary>The run's name.</summary>
    public required string Name { get; init; }

    /// <summary>Everything random is drawn from it.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The model.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>What stages compute with.</summary>
    public Numerics Numerics { get; init; }

    /// <summary>How the model is spread over stages, and how long they wait for each other.</summary>
    public required PipelineSettings Pipeline { get; init; }

    /// <summary>Batches and optimizer.</summary>
    public required TrainingSettings Training { get; init; }

    /// <summary>Learning rate by iteration: that of <see cref="Training"/> unless set.</summary>
    public LinearSchedule LearningRate
    {
        get => field ?? Training.Rates;
        init;
    }

    /// <summary>When perplexity is measured.</summary>
    public EvaluationSettings Evaluation { get; init; } = new();

    /// <summary>What is compared, and what follows from a verdict.</summary>
    public DefenceSettings Defence { get; init; } = new();

    /// <summary>What stages inspect with what they are sent, where the remedy says that they do.</summary>
    public IDetector Detector => Defence.Detector;

    /// <summary>The order of work.</summary>
    public ISchedule Schedule => Pipeline.Schedule;

    /// <summary>Retry limits and time-outs after a failure.</summary>
    public RecoverySettings Recovery { get; init; } = new();

    /// <summary>When the run is saved.</summary>
    public CheckpointSettings Checkpoint { get; init; } = new();

    /// <summary>Whether a message between stages can be lost. Within one process none is.</summary>
    public bool LosesMessages { get; init; }

    /// <summary>Whether one node holds all stages, and always will: then no other could take what it loses.</summary>
    public bool HasOneNode { get; init; }

    /// <summary>Bytes that each stage will need, by which placement fits stages to nodes; empty where that is not known.</summary>
    public ImmutableArray<long> StageMemory { get; init; } = [];

    /// <summary>K, the number of stages.</summary>
    public int Stages => Pipeline.Stages;

    /// <summary>M, micro-batches of an iteration.</summary>
    public int MicroBatches => Training.MicroBatches;

    /// <summary>Sequences in a micro-batch.</summary>
    public int MicroBatchSize => Training.MicroBatchSize;

    /// <summary>Tokens in a sequence.</summary>
    public int SequenceLength => Training.SequenceLength;

    /// <summary>Optimizer steps.</summary>
    public long Iterations => Training.Iterations;

    /// <summary>The blocks that no iteration steps.</summary>
    public ImmutableSortedSet<int> FrozenBlocks => Training.FrozenBlocks(Stages);

    /// <summary>The layers of the others.</summary>
    public IReadOnlyList<BlockRange> SteppedBlocks => [.. Cut.Balanced(Model, Stages).Where(block => !FrozenBlocks.Contains(block.Index))];

    /// <summary>Whether the run ends at the first number that is not finite. A plan of a run whose values are changed on purpose sets it.</summary>
    public bool StopsWhenNotFinite => Training.StopWhenNotFinite ?? true;

    /// <summary>Which stages hold copies.</summary>
    public CopyPlacement Copies => Defence.Copies;

    /// <summary>
    /// Whether what two stages compute, or a stage and the referee, is compared byte by byte: then both need processors that give the same bits.
    /// </summary>
    public bool ComparesBytes => Numerics == Numerics.Torch && Defence is { Checks: true, Tolerance: 0 }
        && (Copies != CopyPlacement.None || Defence.Rule.IsRefereed);

    /// <summary>
    /// Micro-batches of a round of evaluation, at most: few enough at once that activations in flight stay bounded, enough to
    /// keep every stage busy.
    /// </summary>
    internal int RoundMost => Math.Max(MicroBatches, 4 * Stages);

    /// <summary>How long stages may all wait for each other before a message counts as lost; zero where none can be.</summary>
    internal TimeSpan RetryAfter => LosesMessages ? Recovery.RetryAfter : TimeSpan.Zero;

    /// <summary>How often a stage that is waiting reports so to the server: often enough for both time-outs.</summary>
    internal TimeSpan WaitReportInterval => LosesMessages && RetryAfter / 2 < Pipeline.WaitReport ? RetryAfter / 2 : Pipeline.WaitReport;

    /// <summary>Checks what can be checked without the data.</summary>
    /// <exception cref="BadInputException">Names the setting, what was expected and what was found.</exception>
    public RunPlan Validate()
    {
        SettingsSchema.Check("pipeline", Pipeline);
        SettingsSchema.Check("training", Training);
        SettingsSchema.Check("evaluation", Evaluation);
        SettingsSchema.Check("defence", Defence);
        SettingsSchema.Check("recovery", Recovery);
        SettingsSchema.Check("checkpoint", Checkpoint);
        if (new SettingCombination(Model, "the model", Numerics, Pipeline, Training, Defence).FirstBroken() is { } broken)
            throw new BadInputException($"{broken.Setting}: expected {broken.Expected}, found {broken.Found}");

        return this;
    }
}

/// <summary>What a run trains and evaluates on: pure functions of the iteration and the micro-batch.</summary>
public sealed record RunData(TrainingWindows Training, EvaluationWindows Evaluation);
