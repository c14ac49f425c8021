using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>A stage's statement of a pass while it is being made.</summary>
/// <param name="ring">The pipeline.</param>
/// <param name="stage">The stage.</param>
internal sealed class StatementDraft(Ring ring, int stage) : IDisposable
{
    private readonly Dictionary<(Direction, StatementPart, int), Claim> _claims = [];

    // What the neighbour sent, by micro-batch, until what the copy gave is compared with it.
    private readonly Dictionary<int, Tensor> _came = [];

    /// <summary>
    /// Adds a value, which it takes ownership of. The first of its kind counts, as in the pass. What a copy gave is alike to what came
    /// unless one of the two stages is wrong, and is then not hashed again: at most six values of a micro-batch are.
    /// </summary>
    public void Add(Direction direction, StatementPart part, int microBatch, Tensor value)
    {
        var key = (direction, part, microBatch);
        if (_claims.ContainsKey(key))
        {
            value.Dispose();
        }
        else if (key is (Direction.Forward, StatementPart.Came, _))
        {
            _claims.Add(key, value.ToClaim());
            _came.Add(microBatch, value);
        }
        else
        {
            using (value) _claims.Add(key, key is (Direction.Forward, StatementPart.Copy, _) ? OfCopy(microBatch, value) : value.ToClaim());
        }
    }

    /// <summary>The statement. What was not added is absent from it, and makes it incomplete.</summary>
    /// <param name="own">What the stage reports of its own block.</param>
    /// <param name="copy">What it reports of the copy that it holds; null for none.</param>
    public Statement Complete(ReportedSums own, ReportedSums? copy)
    {
        var (isFirst, isLast, copiesInput) = (stage == 0, stage == ring.Last, ring.CopiesInput(stage));
        return new(
            stage,
            [
                .. MicroBatches.Select(m => new ForwardClaims(
                    isFirst ? null : Find(Direction.Forward, StatementPart.Came, m),
                    copiesInput ? Find(Direction.Forward, StatementPart.Jumped, m) : null,
                    Find(Direction.Forward, StatementPart.Sent, m) ?? default,
                    Find(Direction.Forward, StatementPart.Copy, m) ?? default)),
            ],
            [
                .. MicroBatches.Select(m => new BackwardClaims(
                    isLast ? null : Find(Direction.Backward, StatementPart.Came, m),
                    isFirst ? null : Find(Direction.Backward, StatementPart.Sent, m),
                    copiesInput ? Find(Direction.Backward, StatementPart.Copy, m) : null)),
            ],
            Sums(stage, own, StatementPart.TiedPart, waits: true),
            copy is null ? BlockSums.None : Sums(ring.CopiedBy(stage), copy, StatementPart.CopyTiedPart, waits: !isFirst));
    }

    public void Dispose()
    {
        foreach (var tensor in _came.Values) tensor.Dispose();
        _came.Clear();
    }

    private IEnumerable<int> MicroBatches => Enumerable.Range(0, ring.MicroBatches);

    private Claim OfCopy(int microBatch, Tensor value)
    {
        if (!_came.Remove(microBatch, out var came)) return value.ToClaim();
        using (came)
        {
            return came.HasBytes() && TensorComparison.Same(came, value, relativeTolerance: 0)
                ? _claims[(Direction.Forward, StatementPart.Came, microBatch)]
                : value.ToClaim();
        }
    }

    private Claim? Find(Direction direction, StatementPart part, int microBatch) =>
        _claims.TryGetValue((direction, part, microBatch), out var claim) ? claim : null;

    // The copy of the last block, on stage 0, is given that stage's own part.
    private BlockSums Sums(int block, ReportedSums reported, StatementPart part, bool waits)
    {
        var isTied = ring.HasTiedPart(block);
        return new(
            new HolderReport(block, reported.SquaredNorms, reported.Digest),
            isTied ? Find(Direction.Backward, part, 0) : null,
            isTied && waits ? Find(Direction.Backward, StatementPart.OtherPart, 0) : null,
            reported.Loss);
    }
}
