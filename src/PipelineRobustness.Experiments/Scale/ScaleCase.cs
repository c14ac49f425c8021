using PipelineRobustness.Adversity;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>A pipeline of many stages on many machines, simulated without tensors.</summary>
public sealed record ScaleCase
{
    private const int Time = 1;

    /// <summary>K, a layer each.</summary>
    public required int Stages { get; init; }

    /// <summary>Machines at the beginning; each has room for one stage, so those beyond the stages are spares.</summary>
    public required int Nodes { get; init; }

    /// <summary>M.</summary>
    public int MicroBatches { get; init; } = 4;

    /// <summary>Optimiser steps.</summary>
    public required long Iterations { get; init; }

    /// <summary>Who holds copies, for recovery only.</summary>
    public CopyPlacement Copies { get; init; }

    /// <summary>A checkpoint after every so many iterations; 0 for none.</summary>
    public long CheckpointEvery { get; init; }

    /// <summary>What goes wrong.</summary>
    public Scenario Scenario { get; init; } = Scenario.Quiet;

    /// <summary>What lies between machines.</summary>
    public NetworkPlan Network { get; init; } = NetworkPlan.OneRack;

    /// <summary>Of everything that is drawn.</summary>
    public ulong Seed { get; init; } = 1;

    internal Play Play => new()
    {
        Plan = new RunPlan
        {
            Name = "scale",
            Seed = Seed,
            Model = new ModelConfig { VocabularySize = 64, Positions = Time, Hidden = 64, Layers = Stages, Heads = 1 },
            Numerics = Numerics.None,
            Stages = Stages,
            MicroBatches = MicroBatches,
            MicroBatchSize = 1,
            SequenceLength = Time,
            Iterations = Iterations,
            Optimizer = new AdamWSettings(0.9, 0.999, 1e-8, 0.01),
            Schedule = new LinearSchedule(1e-4, 0, Iterations),
            Copies = Copies,
            CheckpointEvery = CheckpointEvery,
            ReplayAfter = TimeSpan.FromMinutes(2),
        },
        Weights = NoWeights.Instance,
        Data = new RunData(
            new TrainingWindows(new int[(MicroBatches * Time) + 1], Time, MicroBatches, 1, Seed), new EvaluationWindows(new int[Time + 1], Time, 1)),
        Adversary = new Adversary(Seed, Stages, [], []),
        Scenario = Scenario,
        Seed = Seed,
        Network = Network,
        Nodes = Nodes,
        Room = 1,
        FlopsPerSecond = 1e9,
    };
}
