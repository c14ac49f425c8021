using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>The frames that one node sent for one step.</summary>
internal sealed class FrameTally
{
    private readonly Dictionary<Place, int> _counts = [];

    /// <exception cref="ProtocolViolationException">The same frame came before, or as many as there can be.</exception>
    public void Note(FrameHeader header, int microBatchesMost)
    {
        var place = Place.Of(header);
        if (_counts.GetValueOrDefault(place) >= Most(header)) throw new ProtocolViolationException($"nothing is sent twice: {What(header)}");
        if (header.Kind == FrameKind.Tensor) CountMicroBatches(place.Connection, header, microBatchesMost);
        _counts[place] = _counts.GetValueOrDefault(place) + 1;
    }

    // A state that is shown is handed on once, and shown again for the block's other holder.
    private static int Most(FrameHeader header) => header is { Kind: FrameKind.State, Exhibit: ExhibitKind.State } ? RefereedFrames.HoldersMost : 1;

    private void CountMicroBatches(Place connection, FrameHeader header, int most)
    {
        var count = _counts.GetValueOrDefault(connection) + 1;
        if (count > most) throw new ProtocolViolationException($"no more than {most} micro-batches are sent in {header.Work}: {What(header)}");
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
        private const int Every = -1;

        /// <summary>All micro-batches of the same connection.</summary>
        public Place Connection => this with { MicroBatch = Every };

        // Two stages never have the same place at a third, so the sender is no part of it; what is shown, both holders of a block may show.
        public static Place Of(FrameHeader header) => header.Kind switch
        {
            FrameKind.Tensor => new(header.Kind, header.Receiver, header.Direction, header.Link, header.MicroBatch, 0, header.To, 0),
            FrameKind.Exhibit or FrameKind.State => new(header.Kind, header.Receiver, 0, 0, header.MicroBatch, header.Block, header.From, header.Exhibit),
            _ => new(header.Kind, header.Receiver, 0, 0, 0, header.Block, header.To, 0),
        };
    }
}
