using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Cost;

/// <summary>What one stage holds and sends, by arithmetic. All amounts are in bytes, of an iteration where they are traffic.</summary>
/// <param name="Block">Its block.</param>
/// <param name="CopyOf">The block it holds a copy of, or null.</param>
/// <param name="Parameters">Weights of its block.</param>
/// <param name="CopyParameters">Weights of its copy.</param>
/// <param name="Weights">Block and copy, float32.</param>
/// <param name="Gradients">As much again.</param>
/// <param name="Moments">AdamW's two of each weight.</param>
/// <param name="Activations">
/// What backward needs of all micro-batches of block and copy; where the forward is worked again, their inputs and one graph.
/// </param>
/// <param name="Kept">
/// What it keeps for the referee above all that: inputs and gradients of a pass until the next one begins; after the step, when there
/// are no activations, also the state from before of its copy or, without copies and where steps are audited, of its own block.
/// </param>
/// <param name="Sent">To its neighbours: activations forward, gradients backward.</param>
/// <param name="Jumped">Over the jumping connections: activations forward, the copy's gradients backward.</param>
/// <param name="Tied">The tied matrix's gradient.</param>
public sealed record StageCost(
    BlockRange Block, int? CopyOf, long Parameters, long CopyParameters, long Weights, long Gradients, long Moments,
    long Activations, long Kept, long Sent, long Jumped, long Tied)
{
    private const long FloatBytes = sizeof(float);

    /// <summary>Everything it holds.</summary>
    public long Memory => Weights + Gradients + Moments + Activations + Kept;

    /// <summary>The stages of a run, in order.</summary>
    public static IReadOnlyList<StageCost> Of(RunSettings run, ModelConfig model)
    {
        var blocks = Cut.Balanced(model, run.Pipeline.Stages);
        var plan = new PassPlan(run.Pipeline.Stages, run.Defence.Copies, []);
        return [.. blocks.Select(block => Of(run, model, blocks, plan, block))];
    }

    private static StageCost Of(
        RunSettings run, ModelConfig model, IReadOnlyList<BlockRange> blocks, PassPlan plan, BlockRange block)
    {
        var (stage, training) = (block.Index, run.Training);
        var copy = plan.CopyComputedBy(stage) is { } held ? blocks[held] : null;
        var parameters = Cut.Parameters(model, block);
        var copyParameters = copy is null ? 0 : Cut.Parameters(model, copy);
        var weights = (parameters + copyParameters) * FloatBytes;
        var rows = (long)training.MicroBatches * training.MicroBatchSize * training.SequenceLength;
        var activation = rows * model.Hidden * FloatBytes;
        var neighbours = (plan.Successor(stage) is null ? 0 : 1) + (plan.Predecessor(stage) is null ? 0 : 1);
        var compares = run.Defence is { Checks: true, Rule.IsRefereed: false, Detector.NeedsCopy: true };
        var jumps = (plan.JumpPartner(stage) is null ? 0 : 1) + (compares && plan.JumpSource(stage) is not null ? 1 : 0);
        var inFlight = run.Pipeline.Schedule.InFlight(stage, run.Pipeline.Stages, training.MicroBatches);
        var stored = Stored(training, inFlight, model, block, copy);
        return new StageCost(
            block,
            copy?.Index,
            parameters,
            copyParameters,
            weights,
            weights,
            2 * weights,
            stored,
            run.Defence.Rule.IsRefereed ? KeptAbove(stored, run, inFlight, model, block, copy) : 0,
            neighbours * activation,
            jumps * activation,
            TiedShare(model, plan, block));
    }

    private static long Stored(TrainingSettings training, int inFlight, ModelConfig model, BlockRange block, BlockRange? copy)
    {
        BlockRange[] computed = copy is null ? [block] : [block, copy];
        var tables = computed.Length * StoredActivations.Tables(model, training.SequenceLength);
        // A stage computes one graph at a time.
        var ofToken = training.Recompute
            ? (inFlight * computed.Sum(b => StoredActivations.Input(model, b))) + computed.Max(b => StoredActivations.Graph(model, b))
            : inFlight * computed.Sum(b => StoredActivations.Graph(model, b));
        return (tables + ((long)training.MicroBatchSize * training.SequenceLength * ofToken)) * FloatBytes;
    }

    // The graphs of micro-batches in flight share their inputs; a graph that went backward leaves more room than the gradient takes.
    private static long KeptAbove(long stored, RunSettings run, int inFlight, ModelConfig model, BlockRange block, BlockRange? copy)
    {
        var training = run.Training;
        BlockRange[] held = copy is null ? [block] : [block, copy];
        var tensor = (long)training.MicroBatchSize * training.SequenceLength * model.Hidden * FloatBytes;
        var (inputs, gradients) = (held.Count(b => !b.HasEmbedding) * tensor, held.Count(b => !b.HasHead) * tensor);
        var (all, done) = (training.MicroBatches, training.MicroBatches - inFlight);
        var duringPass = (done * inputs) + ((training.Recompute ? all : done) * gradients);
        var before = run.Defence.KeepsBefore ? BlockState.BytesOf(model, copy ?? block) : 0;
        var afterStep = (all * (inputs + gradients)) + before;
        return Math.Max(duringPass, afterStep - stored);
    }

    /// <summary>Embedding's and head's stage each send the gradient of their use to every holder of the other's block.</summary>
    private static long TiedShare(ModelConfig model, PassPlan plan, BlockRange block)
    {
        if (!model.TiedHead || block.Count == 1 || block.HasEmbedding == block.HasHead)
            return 0;

        var other = block.HasEmbedding ? block.Count - 1 : 0;
        var holders = 1 + (plan.CopyHolderOf(other) is { } holder && holder != block.Index ? 1 : 0);
        return holders * (long)model.VocabularySize * model.EmbeddingWidth * FloatBytes;
    }
}
