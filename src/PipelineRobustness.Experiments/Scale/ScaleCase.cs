using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Disks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Scale;

/// <summary>
/// A pipeline of many stages on many machines, simulated without tensors. A stage is one layer of a large model; a machine has
/// room for one stage, so those beyond the stages are spares.
/// </summary>
public sealed record ScaleCase
{
    private const int Tokens = 2048;
    private const int Width = 4096;

    // An iteration of a thousand stages takes minutes: a shorter wait is no sign of a lost message.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>K, a layer each.</summary>
    public required int Stages { get; init; }

    /// <summary>Machines at the beginning.</summary>
    public required int Nodes { get; init; }

    /// <summary>M.</summary>
    public int MicroBatches { get; init; } = 4;

    /// <summary>Optimiser steps.</summary>
    public required long Iterations { get; init; }

    /// <summary>Which stages hold copies, for recovery only; a holder computes them in addition to its own block.</summary>
    public CopyPlacement Copies { get; init; }

    /// <summary>A checkpoint after every so many iterations; 0 for none.</summary>
    public long CheckpointEvery { get; init; }

    /// <summary>Or after so much time of training; zero for never.</summary>
    public TimeSpan CheckpointWithin { get; init; }

    /// <summary>How fast checkpoints are written.</summary>
    public DiskPlan Disk { get; init; } = new(1e9);

    /// <summary>What goes wrong.</summary>
    public Scenario Scenario { get; init; } = Scenario.Quiet;

    /// <summary>The network between machines.</summary>
    public NetworkPlan Network { get; init; } = NetworkPlan.OneRack;

    /// <summary>The speed of a machine.</summary>
    public double FlopsPerSecond { get; init; } = 1e13;

    /// <summary>Virtual time after which a run is stopped.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The seed of everything that is drawn.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Tokens that an iteration trains on.</summary>
    public long TokensPerIteration => (long)MicroBatches * Tokens;

    /// <summary>
    /// Machines die one by one, each after <paramref name="meanTime"/> in the mean (a Poisson process over all), and as many come.
    /// </summary>
    public ScaleCase WithChurn(TimeSpan meanTime) => this with
    {
        Scenario = new Scenario("churn",
        [
            new Crash { Every = meanTime / Nodes },
            new Join { Every = meanTime / Nodes },
        ]),
    };

    internal SimulationSetup Setup => new()
    {
        Plan = new RunPlan
        {
            Name = "scale",
            Seed = Seed,
            Model = new ModelConfig { VocabularySize = 32_000, Positions = Tokens, Hidden = Width, Layers = Stages, Heads = 32 },
            Numerics = Numerics.Shapes,
            Pipeline = new PipelineSettings { Stages = Stages, WaitReport = Longest / 2 },
            Training = new TrainingSettings
            {
                MicroBatches = MicroBatches,
                MicroBatchSize = 1,
                SequenceLength = Tokens,
                Iterations = Iterations,
                LearningRate = 1e-4,
                WarmUp = 0,
                ClipNorm = 0,
            },
            Defence = new DefenceSettings { Copies = Copies },
            Checkpoint = new CheckpointSettings { Every = CheckpointEvery, Within = CheckpointWithin },
            Recovery = new RecoverySettings { RetryAfter = Longest, RoomTimeout = TimeSpan.FromDays(1) },
            LosesMessages = true,
        },
        Weights = ZeroWeights.Instance,
        Data = new RunData(
            new TrainingWindows(new int[(MicroBatches * Tokens) + 1], Tokens, MicroBatches, 1, Seed), new EvaluationWindows(new int[Tokens + 1], Tokens, 1)),
        Adversary = new Adversary(Seed, Stages, []),
        Scenario = Scenario,
        Seed = Seed,
        Network = Network,
        Nodes = Nodes,
        Room = 1,
        FlopsPerSecond = FlopsPerSecond,
        Disk = Disk,
        Limit = Limit,
    };
}
