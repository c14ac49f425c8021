using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>The frames that one node sent for one step.</summary>
internal sealed class FrameTally
{
    private readonly HashSet<Place> _taken = [];
    private readonly Dictionary<Place, int> _counts = [];

    /// <exception cref="ProtocolViolationException">The same frame came before, or as many as there can be.</exception>
    public void Note(FrameHeader header, int microBatchesMost)
    {
        var place = Place.Of(header);
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

    private static string What(FrameHeader header) => header.Kind switch
    {
        FrameKind.Tensor => $"{header.Work}, micro-batch {header.MicroBatch}, {header.Direction} to stage {header.To} by {header.Link}",
        FrameKind.Exhibit or FrameKind.State => $"{header.Work}, {header.Exhibit} {header.MicroBatch} of block {header.Block}, shown by stage {header.From}",
        _ => $"{header.Work}, block {header.Block} to stage {header.To}",
    };

    private readonly record struct Place(
        FrameKind Kind, LaneEnd Receiver, Direction Direction, Link Link, int MicroBatch, int Block, int Stage, ExhibitKind Exhibit)
    {
        // Two stages never have the same place at a third, so the sender is no part of it; what is shown, both holders of a block may show.
        public static Place Of(FrameHeader header) => header.Kind switch
        {
            FrameKind.Tensor => new(header.Kind, header.Receiver, header.Direction, header.Link, header.MicroBatch, 0, header.To, 0),
            FrameKind.Exhibit or FrameKind.State => new(header.Kind, header.Receiver, 0, 0, header.MicroBatch, header.Block, header.From, header.Exhibit),
            _ => new(header.Kind, header.Receiver, 0, 0, 0, header.Block, header.To, 0),
        };
    }
}
