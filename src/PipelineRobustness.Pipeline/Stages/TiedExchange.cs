using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// The two gradients of a tied matrix: the embedding's on the first stage, the head's on the last. Each end sends its
/// own to every holder of the other end's block; all add them once, embedding first.
/// </summary>
internal sealed class TiedExchange : IDisposable
{
    private readonly int _stage;
    private readonly TiedRoute _route;
    private readonly BlockTrainer _own;
    private readonly BlockTrainer? _copy;
    private Tensor? _sent;

    public TiedExchange(int stage, TiedRoute route, BlockTrainer own, BlockTrainer? copy)
    {
        _stage = stage;
        _route = route;
        _own = own;
        _copy = copy;
    }

    /// <summary>This end's own part, from when it is sent.</summary>
    public Tensor? OwnPart => _sent;

    public string? Missing(Inbox inbox) =>
        _route.Waits && inbox.Peek(Direction.Backward, Link.Tied, 0) is null
            ? $"the tied matrix's gradient from stage {_route.Source}" : null;

    /// <summary>Sends this end's gradient to the holders of the other end's block; called after the last backward.</summary>
    public void Send(Action<TensorSent> send, StepId work)
    {
        if (!_route.IsCut || !_route.IsEnd) return;
        _sent = _own.TakeTiedGradient()!;
        foreach (var to in _route.Receivers)
            send(new TensorSent(work, Direction.Backward, Link.Tied, 0, _stage, to, _sent.Share(), false, null));
    }

    /// <summary>The copy's own part, before the two are added; null where it has none. The caller owns it.</summary>
    public Tensor? TakeCopyPart() => _route.IsCut ? _copy?.TakeTiedGradient() : null;

    /// <summary>Adds the two gradients in every block that this stage holds.</summary>
    public void Combine(Inbox inbox)
    {
        if (!_route.IsTied) return;
        if (!_route.IsCut)
        {
            _own.CombineTied(null);
            return;
        }

        if (!_route.Waits) return;
        using var received = inbox.Take(Direction.Backward, Link.Tied, 0);
        if (_route.IsEnd) _own.CombineTied(received.Value);
        if (_copy?.Block.Range.HasEmbedding == true) _copy.CombineTied(received.Value);
        if (_copy?.Block.Range.HasHead == true) _copy.CombineTied(_sent);
    }

    public void Dispose() => _sent?.Dispose();
}
