using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>The frames that one node sent for one step.</summary>
internal sealed class FrameTally
{
    private readonly HashSet<Place> _taken = [];
    private readonly Dictionary<Place, int> _counts = [];

    /// <exception cref="ProtocolViolationException">The same frame came before, or as many as there can be.</exception>
    public void Note(FrameHeader header, int microBatchesMost)
    {
        // Two stages never have the same place at a third, so the sender is no part of it.
        var place = header.Kind == FrameKind.Tensor
            ? new Place(header.Kind, header.Receiver, header.Direction, header.Link, header.MicroBatch, header.To)
            : new Place(header.Kind, header.Receiver, 0, 0, header.Block, header.To);
        if (_taken.Contains(place)) throw new ProtocolViolationException($"nothing is sent twice: {What(header)}");
        if (header.Kind == FrameKind.Tensor) Count(place with { MicroBatch = 0 }, header, microBatchesMost);
        _taken.Add(place);
    }

    private void Count(Place connection, FrameHeader header, int microBatchesMost)
    {
        var count = _counts.GetValueOrDefault(connection) + 1;
        if (count > microBatchesMost)
            throw new ProtocolViolationException($"no more than {microBatchesMost} micro-batches are sent in {header.Work}: {What(header)}");
        _counts[connection] = count;
    }

    private static string What(FrameHeader header) => header.Kind == FrameKind.Tensor
        ? $"{header.Work}, micro-batch {header.MicroBatch}, {header.Direction} to stage {header.To} by {header.Link}"
        : $"{header.Work}, block {header.Block} to stage {header.To}";

    private readonly record struct Place(FrameKind Kind, LaneEnd Receiver, Direction Direction, Link Link, int MicroBatch, int To);
}
