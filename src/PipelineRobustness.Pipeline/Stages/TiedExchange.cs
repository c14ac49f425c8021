using PipelineRobustness.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// The two gradients of a tied matrix: the embedding's on the first stage, the head's on the last. Each end sends its
/// own to every holder of the other end's block; all add them once, embedding first.
/// </summary>
internal sealed class TiedExchange : IDisposable
{
    private readonly int _stage;
    private readonly int _last;
    private readonly bool _tied;
    private readonly PassPlan _plan;
    private readonly BlockTrainer _own;
    private readonly BlockTrainer? _copy;
    private Tensor? _sent;

    public TiedExchange(PassPlan plan, int stage, RunPlan run, BlockTrainer own, BlockTrainer? copy)
    {
        _plan = plan;
        _stage = stage;
        _last = run.Stages - 1;
        _tied = run.Model.TiedHead;
        _own = own;
        _copy = copy;
    }

    private bool IsEnd => _stage == 0 || _stage == _last;

    // The own block waits for the other end's gradient; so does a copy of the first block on stage 1.
    private bool Waits => _tied && _last > 0 && (IsEnd || CopiesFirst);

    private bool CopiesFirst => _copy?.Block.Range.HasEmbedding == true;

    public string? Missing(Inbox inbox) =>
        Waits && inbox.Peek(Direction.Backward, Link.Tied, 0) is null
            ? $"the tied matrix's gradient from stage {(_stage == _last ? 0 : _last)}" : null;

    /// <summary>Sends this end's gradient to the holders of the other end's block; called after the last backward.</summary>
    public void Send(Action<TensorSent> send, WorkId work)
    {
        if (!_tied || _last == 0 || !IsEnd) return;
        _sent = _own.TakeTiedGradient()!;
        var other = _stage == 0 ? _last : 0;
        foreach (var to in Holders(other).Where(to => to != _stage))
            send(new TensorSent(work, Direction.Backward, Link.Tied, 0, _stage, to, _sent.Share(), false, null));
    }

    /// <summary>Adds the two gradients in every block that this stage holds.</summary>
    public void Combine(Inbox inbox)
    {
        if (!_tied) return;
        if (_last == 0)
        {
            _own.CombineTied(null);
            return;
        }

        if (!Waits) return;
        using var received = inbox.Take(Direction.Backward, Link.Tied, 0);
        if (IsEnd) _own.CombineTied(received.Value);
        if (CopiesFirst) _copy!.CombineTied(received.Value);
        if (_copy?.Block.Range.HasHead == true) _copy.CombineTied(_sent);
    }

    public void Dispose() => _sent?.Dispose();

    private IEnumerable<int> Holders(int block)
    {
        yield return block;
        if (_plan.CopyHolderOf(block) is { } holder) yield return holder;
    }
}
