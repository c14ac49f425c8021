using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>All that is written of a conviction, but for signatures: the same in every play of a run.</summary>
/// <param name="Format">Version of the format.</param>
/// <param name="Run">The run's name.</param>
/// <param name="Identity">What decides the run's numbers, in one hash.</param>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt at it.</param>
/// <param name="Pass">The pass of the attempt.</param>
/// <param name="Act">What was done falsely.</param>
/// <param name="MicroBatch">In which micro-batch; null for what concerns a pass as a whole.</param>
/// <param name="Stage">The convicted stage.</param>
/// <param name="Seat">Its seat.</param>
/// <param name="Line">What the conviction rests on, in one line.</param>
/// <param name="Evidence">The SHA-256 of the line, as in the ruling.</param>
/// <param name="RestsOn">By whose word it holds.</param>
/// <param name="Grounds">The same in its parts.</param>
/// <param name="Numbers">What a block's numbers follow from.</param>
/// <param name="Fingerprint">What the processor gave that the referee worked on.</param>
/// <param name="Commit">The commit before.</param>
/// <param name="Step">The numbers of the step, where it is in dispute.</param>
/// <param name="Statements">What the block's two holders, or the link's two ends, state of the pass; of a malformed one only its own.</param>
/// <param name="Weights">SHA-256 of the weights of the state that was shown; null where none was needed, or shown.</param>
/// <param name="Exhibits">SHA-256 of the file of exhibits.</param>
public sealed record EvidenceContent(
    int Format, string Run, string Identity, long Iteration, int Attempt, int Pass, Act Act, int? MicroBatch, int Stage, int Seat,
    string Line, Claim Evidence, string RestsOn, Grounds Grounds, NumericPlan Numbers, UInt128 Fingerprint, LastCommit Commit,
    StepNumbers? Step, ImmutableArray<Statement> Statements, string? Weights, string Exhibits)
{
    /// <summary>The version that this program reads and writes.</summary>
    public const int FormatVersion = 1;

    /// <summary>The hearing in which the stage was convicted; null where there was none.</summary>
    public Hearing? Hearing => (Grounds as Grounds.Recomputed)?.Hearing ?? (Grounds as Grounds.NotShown)?.Hearing;

    /// <summary>The pipeline.</summary>
    public Ring Ring => new(Numbers.Cut.Length, Numbers.MicroBatches, Numbers.Model.TiedHead, !Numbers.HasNoCopies);

    /// <summary>The pass.</summary>
    internal StepId Work => new(default, Iteration, Purpose.Training, 0, Attempt, Pass);
}

/// <summary>A commit, as far as the next iteration is worked from it.</summary>
/// <param name="Version">Iterations committed.</param>
/// <param name="Digests">State digest of every block.</param>
public sealed record LastCommit(long Version, ImmutableArray<UInt128> Digests);

/// <summary>What a block's numbers follow from, next to its state and its input.</summary>
/// <param name="Model">The model.</param>
/// <param name="Cut">The layers of each block.</param>
/// <param name="MicroBatches">Micro-batches of an iteration.</param>
/// <param name="MicroBatchSize">Sequences in a micro-batch.</param>
/// <param name="SequenceLength">Tokens in a sequence.</param>
/// <param name="Optimizer">AdamW's numbers.</param>
/// <param name="Threads">Intra-op threads of a stage.</param>
public sealed record NumericPlan(
    ModelConfig Model, ImmutableArray<LayerRange> Cut, int MicroBatches, int MicroBatchSize, int SequenceLength, AdamWSettings Optimizer, int Threads)
{
    /// <summary>That of a run.</summary>
    public static NumericPlan Of(RunPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(
            plan.Model, LayersOf(plan.Model, plan.Stages), plan.MicroBatches, plan.MicroBatchSize, plan.SequenceLength, plan.Training.Optimizer,
            plan.Pipeline.IntraOpThreads)
        {
            HasNoCopies = plan.Copies == CopyPlacement.None,
        };
    }

    /// <summary>Whether each block has one holder, so that stages state nothing of copies. Where there are copies it is not written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HasNoCopies { get; init; }

    /// <summary>Whether a block's numbers follow from the same as in another run.</summary>
    public bool IsLike(NumericPlan other) => EvidenceText.AreAlike(this, other);

    /// <summary>The layers of each block of a model.</summary>
    public static ImmutableArray<LayerRange> LayersOf(ModelConfig model, int stages) =>
        [.. Models.Shape.Cut.Balanced(model, stages).Select(block => new LayerRange(block.FirstLayer, block.LayerCount))];

    /// <summary>What the processor here gives, by as many threads as the calling thread may use.</summary>
    internal UInt128 FingerprintOn(Device device) => ProcessorFingerprint.Of(Model, MicroBatchSize, SequenceLength, device);

    /// <summary>A run that has these numbers.</summary>
    internal RunPlan ToRunPlan(string run) => new()
    {
        Name = run,
        Seed = 0,
        Model = Model,
        Pipeline = new PipelineSettings { Stages = Cut.Length, IntraOpThreads = Threads },
        Training = new TrainingSettings
        {
            MicroBatches = MicroBatches,
            MicroBatchSize = MicroBatchSize,
            SequenceLength = SequenceLength,
            Beta1 = Optimizer.Beta1,
            Beta2 = Optimizer.Beta2,
            Epsilon = Optimizer.Epsilon,
            WeightDecay = Optimizer.WeightDecay,
        },
        Defence = new DefenceSettings { Remedy = "referee" },
    };
}

/// <summary>Layers of a block.</summary>
/// <param name="First">The first, from 0.</param>
/// <param name="Count">How many.</param>
public readonly record struct LayerRange(int First, int Count);
