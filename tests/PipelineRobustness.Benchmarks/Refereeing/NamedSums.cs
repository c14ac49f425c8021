using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Benchmarks;

/// <summary>What the stages of a pass over names add up, exchange of the tied matrix and state of it.</summary>
internal sealed class NamedSums
{
    private readonly NamedPass _pass;

    public NamedSums(NamedPass pass)
    {
        _pass = pass;
        (Own, Copy) = (new BlockSums[Ring.Stages], new BlockSums[Ring.Stages]);
        foreach (var link in Ring.TiedParts)
        {
            var field = link.To == Ring.CopyHolderOf(0) && link.From == Ring.Last ? Field.SendPartToCopy : Field.SendPart;
            pass.Send(link, 0, pass.Say(link.From, field, 0, Part(link.From), Truth.Part(link.From)));
        }

        foreach (var block in Ring.Blocks) Own[block] = OfOwner(block);
        foreach (var block in Ring.Blocks) Copy[Ring.CopyHolderOf(block)] = OfCopier(block);
    }

    /// <summary>By stage, of its own block.</summary>
    public BlockSums[] Own { get; }

    /// <summary>By stage, of its copy.</summary>
    public BlockSums[] Copy { get; }

    private Ring Ring => _pass.Ring;

    private NamedTruth Truth => _pass.Truth;

    private BlockSums OfOwner(int block)
    {
        if (!Ring.HasTiedPart(block)) return Stated(block, block, Field.StateSums, _pass.WorkedOn(block), Name.None, null, null, null);
        var (other, sent) = (Truth.OtherEnd(block), _pass.Sent(End(block, Truth.OtherEnd(block))));
        var part = _pass.Say(block, Field.StatePart, 0, sent, Truth.Part(block));
        var came = End(other, block);
        return Stated(block, block, Field.StateSums, _pass.WorkedOn(block), _pass.Sent(came), part, Other(block, Field.StateOther, came), null);
    }

    private BlockSums OfCopier(int block)
    {
        var (holder, claimed) = (Ring.CopyHolderOf(block), Own[block]);
        var name = (ulong)claimed.Report.Digest;
        if (!Ring.HasTiedPart(block)) return Stated(block, holder, Field.StateCopySums, _pass.CopyWorkedOn(block), Name.None, null, null, name);
        var computed = Name.Part(block, _pass.CopyWorkedOn(block));
        var part = _pass.Say(holder, Field.StateCopyPart, 0, computed, Truth.Part(block), Name.Of(claimed.Part!.Value));
        // Stage 0 has the copy of the last block, to which it adds the part that it sent.
        if (block == Ring.Last) return Stated(block, holder, Field.StateCopySums, _pass.CopyWorkedOn(block), _pass.Sent(End(0, block)), part, null, name);
        var link = End(Ring.Last, holder);
        var other = Other(holder, Field.StateCopyOther, link);
        return Stated(block, holder, Field.StateCopySums, _pass.CopyWorkedOn(block), _pass.Sent(link), part, other, name);
    }

    private BlockSums Stated(
        int block, int stage, Field field, IEnumerable<(ulong, ulong)> workedOn, ulong added, ulong? part, ulong? other, ulong? claimed) =>
        Name.ToSums(Ring, block, _pass.Say(stage, field, 0, Name.Sums(block, workedOn, added), Truth.Sums(block), claimed), part, other);

    private ulong Other(int stage, Field field, StageLink link)
    {
        // The own statement of the last stage is not made yet when that of stage 0 is: what it sent stands for it.
        var stated = Own[link.From] is { Part: { } part } ? Name.Of(part) : _pass.Sent(link);
        return _pass.Say(stage, field, 0, _pass.Sent(link), Truth.Part(link.From), _pass.Claimed(link, 0, stated));
    }

    private ulong Part(int block) => Name.Part(block, _pass.WorkedOn(block));

    private static StageLink End(int from, int to) => new(Direction.Backward, Link.Tied, from, to);
}
