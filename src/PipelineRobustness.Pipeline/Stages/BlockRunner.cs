using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// A block, original or copy, with what its current micro-batches need for the backward pass. For each micro-batch the
/// autograd graph between input leaf and output is kept from its forward to its backward:
/// <code>
///   input ──detach──► leaf ──block──► output (──cross entropy──► loss / M)      forward
///                     leaf.grad ◄──── output.backward(gradient)                 backward
/// </code>
/// With recomputation only the input is kept, and the graph is rebuilt right before its backward (GPipe, Huang et al.
/// 2019): this saves memory at the cost of one more forward. It owns the tensors that are passed in; the caller owns those
/// that it returns.
/// </summary>
internal sealed class BlockRunner(BlockTrainer trainer, int microBatches, bool recompute) : IHeldBlock
{
    private readonly Dictionary<int, Graph> _graphs = [];
    private readonly Dictionary<int, Given> _given = [];

    /// <summary>The block with its gradients, moments and step counts.</summary>
    public BlockTrainer Trainer => trainer;

    /// <inheritdoc/>
    public int Index => Range.Index;

    /// <inheritdoc/>
    public UInt128 Digest => trainer.StateDigest();

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> LiveState => trainer.LiveState;

    /// <inheritdoc/>
    public string? FirstNotFinite() => trainer.FirstNotFinite();

    private BlockRange Range => trainer.Block.Range;

    /// <summary>Runs a micro-batch forward.</summary>
    /// <param name="microBatch">Which one.</param>
    /// <param name="input">Token ids [batch, time] for the first block, else activations [batch, time, hidden].</param>
    /// <param name="targets">Target ids [batch, time] for the last block, else null.</param>
    /// <returns>Activations [batch, time, hidden], or the mean loss divided by M.</returns>
    public Tensor Forward(int microBatch, Tensor input, Tensor? targets)
    {
        var given = new Given(input, targets);
        _given.Add(microBatch, given);
        // With autograd even if the graph is released at once: without it torch may choose another kernel, and give other bits.
        var graph = Work(given);
        var output = graph.Output.detach().DetachFromDisposeScope();
        if (recompute)
        {
            graph.Dispose();
        }
        else
        {
            _given.Remove(microBatch);
            given.Dispose();
            _graphs.Add(microBatch, graph);
        }

        return output;
    }

    /// <summary>Runs a micro-batch backward, adds to the parameters' gradients, and releases its graph.</summary>
    /// <param name="microBatch">Which one.</param>
    /// <param name="gradient">Gradient of the output [batch, time, hidden]; null for the last block, whose output is the loss.</param>
    /// <returns>Gradient of the input; null for the first block.</returns>
    public Tensor? Backward(int microBatch, Tensor? gradient)
    {
        using (gradient)
        {
            using var graph = Take(microBatch);
            using var scope = NewDisposeScope();
            if (gradient is null) graph.Output.backward();
            else graph.Output.backward([gradient]);
            return graph.Leaf?.grad?.DetachFromDisposeScope();
        }
    }

    /// <inheritdoc/>
    public void Forget()
    {
        foreach (var graph in _graphs.Values) graph.Dispose();
        foreach (var given in _given.Values) given.Dispose();
        _graphs.Clear();
        _given.Clear();
        trainer.ClearGradients();
    }

    /// <inheritdoc/>
    public void Step(Commit commit) => Step(StepNumbers.Of(commit));

    /// <summary>Steps by the summed gradient.</summary>
    public void Step(StepNumbers numbers)
    {
        // The tied matrix belongs to the first block: both of its uses take that block's coefficient.
        trainer.Step(numbers.LearningRate, p => numbers.Coefficients[p.TiedTo is null ? Index : 0]);
    }

    /// <inheritdoc/>
    public BlockState Capture() => trainer.Capture();

    /// <inheritdoc/>
    public BlockState DetachState() => trainer.DetachState();

    /// <inheritdoc/>
    public void Restore(BlockState state) => trainer.Restore(state);

    /// <summary>The holder's report about the summed gradient.</summary>
    public HolderReport Report() =>
        new(Range.Index, [.. trainer.SquaredNorms()], trainer.GradientDigest());

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        trainer.Dispose();
    }

    private Graph Work(Given given)
    {
        using var scope = NewDisposeScope();
        var leaf = Range.HasEmbedding ? null : given.Input.detach().requires_grad_(true);
        var output = trainer.Block.Forward(leaf ?? given.Input);
        if (given.Targets is not null) output = CrossEntropy.Mean(output, given.Targets).DividedBy(microBatches);
        return new Graph(leaf?.DetachFromDisposeScope(), output.DetachFromDisposeScope());
    }

    private Graph Take(int microBatch)
    {
        if (!recompute)
        {
            _graphs.Remove(microBatch, out var graph);
            return graph!;
        }

        _given.Remove(microBatch, out var given);
        using (given)
            return Work(given!);
    }

    private sealed record Given(Tensor Input, Tensor? Targets) : IDisposable
    {
        public void Dispose()
        {
            Input.Dispose();
            Targets?.Dispose();
        }
    }

    private sealed record Graph(Tensor? Leaf, Tensor Output) : IDisposable
    {
        public void Dispose()
        {
            Leaf?.Dispose();
            Output.Dispose();
        }
    }
}
