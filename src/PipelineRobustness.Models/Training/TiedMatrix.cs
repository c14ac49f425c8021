using PipelineRobustness.Models.Decoder;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// A block's uses of the matrix shared by token embedding and head. Each use has its own tensor and gradient; the two
/// gradients are added once, in a fixed order, wherever the uses are, otherwise another cut would give other bits.
/// </summary>
internal sealed class TiedMatrix
{
    private readonly Parameter? _embedding;
    private readonly Parameter? _head;

    public TiedMatrix(Block block)
    {
        if (!block.Config.TiedHead) return;
        _head = block.Parameters.FirstOrDefault(p => p.TiedTo is not null)?.Value;
        var embedding = block.Config.Family.Parts.TokenEmbeddingWeight;
        _embedding = block.Parameters.FirstOrDefault(p => p.Name == embedding)?.Value;
    }

    public Tensor? TakeGradient()
    {
        if (_embedding is not null && _head is not null) return null;
        using var gradient = (_embedding ?? _head)?.grad;
        return gradient?.alias().DetachFromDisposeScope();
    }

    public void Combine(Tensor? other)
    {
        if (_embedding is null && _head is null) return;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var first = _embedding is null ? other : _embedding.grad;
        var second = _head is null ? other : _head.grad;
        var sum = first is null || second is null ? (first ?? second)?.clone() : first.Plus(second);
        if (_embedding is not null)
            _embedding.grad = sum;
        // A second tensor, not the same one: clipping multiplies the gradient of each use in place.
        if (_head is not null)
            _head.grad = _embedding is null ? sum : sum?.clone();
    }
}
