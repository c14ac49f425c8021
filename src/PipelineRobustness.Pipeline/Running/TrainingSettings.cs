using System.Collections.Immutable;
using System.Globalization;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>Batches and optimizer.</summary>
public sealed record TrainingSettings
{
    /// <summary>Optimizer steps of a run. 0 trains nothing: the model is loaded, evaluated and saved.</summary>
    [Setting(0, 1_000_000_000)]
    public long Iterations { get; init; } = 40;

    /// <summary>M: micro-batches that pass through the pipeline in each iteration.</summary>
    [Setting(1, 100_000)]
    public int MicroBatches { get; init; } = 8;

    /// <summary>Sequences in a micro-batch. The batch size is the product of the two.</summary>
    [Setting(1, 100_000)]
    public int MicroBatchSize { get; init; } = 1;

    /// <summary>Tokens in a sequence, at most the model's positions.</summary>
    [Setting(1, 1_000_000)]
    public int SequenceLength { get; init; } = 64;

    /// <summary>
    /// true: activation checkpointing. A stage keeps only the input of each micro-batch and recomputes the forward pass right
    /// before the backward pass: less memory for about a third more time. The results do not depend on it.
    /// </summary>
    [Setting]
    public bool Recompute { get; init; }

    /// <summary>Peak learning rate, reached at the end of the warm-up; from there it falls linearly to 0 at the end of the run.</summary>
    [Setting(0)]
    public double LearningRate { get; init; } = 0.003;

    /// <summary>Iterations over which the learning rate rises linearly from 0.</summary>
    [Setting(0, 1_000_000_000)]
    public long WarmUp { get; init; } = 5;

    /// <summary>The learning rate of each iteration.</summary>
    public LinearSchedule Rates => new(LearningRate, WarmUp, Iterations);

    /// <summary>AdamW's decoupled weight decay, applied to everything but biases and norms.</summary>
    [Setting(0)]
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>AdamW's decay rate of the first moment, below 1.</summary>
    [Setting(0, 1, ExcludesMaximum = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay rate of the second moment, below 1.</summary>
    [Setting(0, 1, ExcludesMaximum = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's guard against division by zero.</summary>
    [Setting(0, ExcludesMinimum = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Largest norm of the gradient; a larger one is scaled down to it. 0: no clipping.</summary>
    [Setting(0)]
    public double ClipNorm { get; init; } = 1;

    /// <summary>
    /// What the norm is taken over: global (the whole model, as without a pipeline) or per-stage (each stage on its own, as in
    /// the paper's code; the results then depend on how the layers are divided).
    /// </summary>
    [Setting]
    public ClipScope Clip { get; init; } = ClipScope.Global;

    /// <summary>
    /// true: at the first loss, gradient norm, weight or moment that is not finite the run ends as failed, with the last finite weights.
    /// false: that is only reported, once. auto: false if values are changed on purpose, otherwise true.
    /// </summary>
    [Setting(Null = "auto")]
    public bool? StopWhenNotFinite { get; init; }

    /// <summary>
    /// The blocks that are stepped, by their numbers from 0; all others stay as they are, as in fine-tuning a part of a published model.
    /// The norm of the gradient is then that of these blocks. Which layers a block has depends on <c>pipeline.stages</c>. An empty list:
    /// all blocks.
    /// </summary>
    [SettingList<BlockNumber>]
    public IReadOnlyList<string> Blocks { get; init => field = new WordList(value); } = WordList.Empty;

    /// <summary>The blocks that are never stepped.</summary>
    /// <param name="stages">Stages of the pipeline, each with a block.</param>
    public ImmutableSortedSet<int> FrozenBlocks(int stages) =>
        Blocks.Count == 0 ? [] : [.. Enumerable.Range(0, stages).Except(Blocks.Select(block => int.Parse(block, CultureInfo.InvariantCulture)))];

    /// <summary>AdamW's numbers.</summary>
    public AdamWSettings Optimizer => new(Beta1, Beta2, Epsilon, WeightDecay);
}

/// <summary>What the norm of the gradient is taken over for clipping.</summary>
public enum ClipScope
{
    /// <summary>The whole model, as without a pipeline.</summary>
    Global,

    /// <summary>Each stage on its own, as in the paper's code. The tied matrix belongs to the first stage.</summary>
    PerStage,
}
