using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Benchmarks;

/// <summary>The training workload of a benchmark: a GPT-2 on random tokens.</summary>
internal sealed record Workload(
    int Layers, int Hidden, int Heads, int Vocabulary, int Time, int MicroBatches, int MicroBatchSize)
{
    private const ulong Seed = 7;
    private const int IterationsPerEpoch = 4;

    /// <summary>The smallest workload, with nearly empty blocks.</summary>
    public static Workload Empty(int stages, int microBatches) =>
        new(Layers: stages, Hidden: 2, Heads: 1, Vocabulary: 2, Time: 1, microBatches, MicroBatchSize: 1);

    public ModelConfig Model => new()
    {
        VocabularySize = Vocabulary,
        Positions = Time,
        Hidden = Hidden,
        Layers = Layers,
        Heads = Heads,
    };

    public int TokensPerIteration => MicroBatches * MicroBatchSize * Time;

    public AdamWSettings Optimizer { get; } = new TrainingSettings().Optimizer;

    public LinearSchedule Schedule { get; } = new(Peak: 1e-4, WarmUp: 0, Total: 1_000_000);

    public double Clip => 1;

    public SeededWeights Weights => new(Model, Seed);

    /// <summary>Training windows and one evaluation window, since every pipeline run ends with an evaluation.</summary>
    public RunData Data => new(
        new TrainingWindows(Tokens(IterationsPerEpoch * TokensPerIteration + 1), Time, MicroBatches, MicroBatchSize, Seed),
        new EvaluationWindows(Tokens(Time + 1), Time, MicroBatchSize));

    public RunPlan Plan(int stages, long iterations) => new()
    {
        Name = "benchmark",
        Seed = Seed,
        Model = Model,
        Pipeline = new PipelineSettings { Stages = stages },
        Training = new TrainingSettings
        {
            MicroBatches = MicroBatches,
            MicroBatchSize = MicroBatchSize,
            SequenceLength = Time,
            Iterations = iterations,
            ClipNorm = Clip,
        },
        LearningRate = Schedule,
    };

    /// <summary>The same model in a loop without actors.</summary>
    public PlainLoop PlainLoop() => new(Model, Weights, Optimizer, Schedule, Clip, Data.Training, MicroBatches);

    public override string ToString() =>
        $"GPT-2, {Layers} layers, hidden {Hidden}, {Heads} heads, vocabulary {Vocabulary}; "
        + $"{MicroBatches} micro-batches of {MicroBatchSize} x {Time} tokens";

    private int[] Tokens(int count) =>
        [.. Enumerable.Range(0, count).Select(i => SeededRandom.Below(SeededRandom.Key(Seed, "tokens", i), Vocabulary))];
}
