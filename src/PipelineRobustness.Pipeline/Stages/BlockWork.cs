using PipelineRobustness.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// A block, original or copy, with the autograd graphs of the micro-batches under way. For each micro-batch the input
/// leaf and the output are kept from its forward to its backward:
/// <code>
///   input ──detach──► leaf ──block──► output (──cross entropy──► loss / M)      forward
///                     leaf.grad ◄──── output.backward(gradient)                 backward
/// </code>
/// Tensors that are passed in become its own; those that it returns are the caller's.
/// </summary>
internal sealed class BlockWork(BlockTrainer trainer, int microBatches) : IDisposable
{
    private readonly Dictionary<int, (Tensor? Leaf, Tensor Output)> _graphs = [];

    /// <summary>The block with its gradients, moments and step counts.</summary>
    public BlockTrainer Trainer => trainer;

    private BlockRange Range => trainer.Block.Range;

    /// <summary>Works a micro-batch forward.</summary>
    /// <param name="microBatch">Which one.</param>
    /// <param name="input">Token ids [batch, time] for the first block, else activations [batch, time, hidden].</param>
    /// <param name="targets">Target ids [batch, time] for the last block, else null.</param>
    /// <returns>Activations [batch, time, hidden], or the mean loss divided by M.</returns>
    public Tensor Forward(int microBatch, Tensor input, Tensor? targets)
    {
        using var scope = NewDisposeScope();
        using (input)
        using (targets)
        {
            var leaf = Range.HasEmbedding ? null : input.detach().requires_grad_(true);
            var output = trainer.Block.Forward(leaf ?? input);
            if (targets is not null) output = CrossEntropy.Mean(output, targets) / microBatches;
            _graphs.Add(microBatch, (leaf?.DetachFromDisposeScope(), output.DetachFromDisposeScope()));
            return output.detach().DetachFromDisposeScope();
        }
    }

    /// <summary>Works a micro-batch backward, adding to the parameters' gradients, and lets go of its graph.</summary>
    /// <param name="microBatch">Which one.</param>
    /// <param name="gradient">Gradient of the output [batch, time, hidden]; null for the last block, whose output is the loss.</param>
    /// <returns>Gradient of the input; null for the first block.</returns>
    public Tensor? Backward(int microBatch, Tensor? gradient)
    {
        using var scope = NewDisposeScope();
        using (gradient)
        {
            _graphs.Remove(microBatch, out var graph);
            using var output = graph.Output;
            using var leaf = graph.Leaf;
            if (gradient is null) output.backward();
            else output.backward([gradient]);
            return leaf?.grad?.DetachFromDisposeScope();
        }
    }

    /// <summary>Lets go of every graph and every gradient.</summary>
    public void Forget()
    {
        foreach (var (leaf, output) in _graphs.Values)
        {
            leaf?.Dispose();
            output.Dispose();
        }

        _graphs.Clear();
        trainer.ClearGradients();
    }

    /// <summary>What the holder says of the summed gradient.</summary>
    public HolderReport Report() =>
        new(Range.Index, [.. trainer.SquaredNorms()], trainer.GradientDigest());

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        trainer.Dispose();
    }
}
