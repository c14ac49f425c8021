using System.Collections.Immutable;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>Over what the gradient's norm is clipped.</summary>
public enum ClipScope
{
    /// <summary>The whole model, as without a pipeline.</summary>
    Global,

    /// <summary>Each stage by itself, as in the paper's code. The tied matrix belongs to the first stage.</summary>
    PerStage,
}

/// <summary>What stages work with.</summary>
public enum Numerics
{
    /// <summary>Tensors.</summary>
    Torch,

    /// <summary>Shapes alone: time passes and sizes are sent, nothing is computed. In simulations.</summary>
    Shapes,
}

/// <summary>Everything that decides one run's numbers, and how long it waits.</summary>
public sealed record RunPlan
{
    /// <summary>The run's name.</summary>
    public required string Name { get; init; }

    /// <summary>From this all randomness comes.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The model.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>What stages work with.</summary>
    public Numerics Numerics { get; init; }

    /// <summary>K, the number of stages.</summary>
    public required int Stages { get; init; }

    /// <summary>M, micro-batches of an iteration.</summary>
    public required int MicroBatches { get; init; }

    /// <summary>Sequences in a micro-batch.</summary>
    public required int MicroBatchSize { get; init; }

    /// <summary>Tokens in a sequence.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Whether a stage keeps only inputs and works the forward again for the backward; no bit depends on it.</summary>
    public bool Recompute { get; init; }

    /// <summary>Optimiser steps.</summary>
    public required long Iterations { get; init; }

    /// <summary>AdamW's settings.</summary>
    public required AdamWSettings Optimizer { get; init; }

    /// <summary>Learning rate by iteration of this run.</summary>
    public required LinearSchedule Schedule { get; init; }

    /// <summary>Limit of the gradient's norm; 0 for none.</summary>
    public double Clip { get; init; }

    /// <summary>Over what the norm is taken.</summary>
    public ClipScope ClipScope { get; init; }

    /// <summary>Name of the remedy.</summary>
    public string Remedy { get; init; } = "off";

    /// <summary>Which stages hold copies.</summary>
    public CopyPlacement Copies { get; init; }

    /// <summary>Tolerance of comparisons; 0 compares bytes.</summary>
    public double RelativeTolerance { get; init; }

    /// <summary>What stages inspect with what they are sent, where the remedy says that they do.</summary>
    public IDetector Detector { get => field ?? new CopyDetector(RelativeTolerance); init; }

    /// <summary>After how many attempts of one iteration the run is marked failed.</summary>
    public int AttemptsMax { get; init; } = 50;

    /// <summary>Intra-op threads of each stage.</summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>Whoever waits longer says so.</summary>
    public TimeSpan WaitReport { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When nothing at all has come for so long, the run is ended.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How many nodes are waited for before a run begins.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>The name of each stage's node, where the user has a say in it; empty for a balanced placement.</summary>
    public ImmutableArray<string> Placement { get; init; } = [];

    /// <summary>Bytes that each stage will need, by which placement fits stages to nodes; empty where that is not known.</summary>
    public ImmutableArray<long> StageMemory { get; init; } = [];

    /// <summary>A checkpoint after every so many iterations; 0: only where the run is interrupted.</summary>
    public long CheckpointEvery { get; init; }

    /// <summary>Sooner where so much time of training has gone by since the last one; zero: never.</summary>
    public TimeSpan CheckpointWithin { get; init; }

    /// <summary>After how many replays of one iteration the run is marked failed.</summary>
    public int RetriesMax { get; init; } = 20;

    /// <summary>How long stages may all wait for each other before the roll is called; zero where no message can be lost.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>How long a roll call waits for a member that says nothing.</summary>
    public TimeSpan StateTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a run that has lost its room waits for a node to join.</summary>
    public TimeSpan RoomTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Evaluate after every so many iterations; 0: only at the end.</summary>
    public long EvaluateEvery { get; init; }

    /// <summary>
    /// Micro-batches of a round of evaluation, at most: few enough at once that activations in flight stay bounded, enough to
    /// keep every stage busy.
    /// </summary>
    internal int RoundMost => Math.Max(MicroBatches, 4 * Stages);

    /// <summary>How often a stage that waits tells the server so: often enough for both to be done about it.</summary>
    internal TimeSpan WaitsTold => RetryAfter > TimeSpan.Zero && RetryAfter / 2 < WaitReport ? RetryAfter / 2 : WaitReport;

    /// <summary>Checks what can be checked without the data.</summary>
    /// <exception cref="BadInputException">Names the setting, what was expected and what was found.</exception>
    public RunPlan Validate()
    {
        Expect(Stages >= 1 && Stages <= Model.Layers, "pipeline.stages", $"1 to {Model.Layers} (the model's layers)", Stages);
        Expect(MicroBatches >= 1, "training.micro-batches", "at least 1", MicroBatches);
        Expect(MicroBatchSize >= 1, "training.micro-batch-size", "at least 1", MicroBatchSize);
        Expect(
            SequenceLength >= 1 && SequenceLength <= Model.Positions, "training.sequence-length", $"1 to {Model.Positions} (the model's positions)",
            SequenceLength);
        Expect(Iterations >= 0, "training.iterations", "0 or more", Iterations);
        Expect(CheckpointEvery >= 0, "checkpoint.every", "0 or more", CheckpointEvery);
        Expect(RetriesMax >= 0, "recovery.retries", "0 or more", RetriesMax);
        Expect(
            Placement.IsEmpty || Placement.Length == Stages, "pipeline.placement", $"the node of each of {Stages} stages",
            $"{Placement.Length} names");
        Expect(AttemptsMax >= 1, "defence.attempts", "at least 1", AttemptsMax);
        Expect(IntraOpThreads >= 1, "pipeline.intra-op-threads", "at least 1", IntraOpThreads);
        Expect(WaitReport > TimeSpan.Zero, "pipeline.wait-report", "more than 0", WaitReport);
        Expect(GiveUpAfter > TimeSpan.Zero, "pipeline.give-up-after", "more than 0", GiveUpAfter);
        Expect(RelativeTolerance >= 0 && double.IsFinite(RelativeTolerance), "defence.tolerance", "0 or more", RelativeTolerance);
        Expect(RemedyCatalog.TryGet(Remedy, out var remedy), "defence.remedy", $"one of {string.Join(", ", RemedyCatalog.Names)}", Remedy);
        Expect(Copies == CopyPlacement.None || Stages >= 3, "pipeline.stages", "at least 3 with copies", Stages);
        Expect(
            Numerics == Numerics.Torch || !remedy!.Compares, "defence.remedy",
            "off, since without tensors (model.numerics = shapes) nothing is compared", Remedy);
        Expect(
            !remedy!.Compares || !Detector.NeedsCopy || Copies != CopyPlacement.None, "defence.copies",
            $"middle or ring with remedy {Remedy}", "none");
        return this;
    }

    private static void Expect(bool holds, string setting, string expected, object found)
    {
        if (!holds) throw new BadInputException($"{setting}: expected {expected}, found {found}");
    }
}

/// <summary>What a run trains and evaluates on: pure functions of the iteration and the micro-batch.</summary>
public sealed record RunData(TrainingWindows Training, EvaluationWindows Evaluation);
