using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// The frames of a run with a referee, which is on the server's node: stages show it what they worked on, and any link of the pipeline may
/// be relayed by it.
/// </summary>
internal sealed class RefereedFrames(Ring ring, FrameShapes shapes)
{
    private readonly HashSet<StageLink> _links = [.. ring.Links];

    /// <summary>Whether a stage sends another something by a connection. Neither losses nor gradients jump.</summary>
    public bool Connects(FrameHeader header) => _links.Contains(new StageLink(header.Direction, header.Link, header.From, header.To));

    /// <summary>The rule that a frame of something shown breaks, or null.</summary>
    public string? FaultOfShown(FrameHeader header) =>
        FrameShapes.Within(header.From, ring.Stages, "a showing stage") ?? FrameShapes.Within(header.Block, ring.Stages, "a block")
            ?? (ring.HoldersOf(header.Block).Contains(header.From) ? null : $"stage {header.From} does not hold block {header.Block}")
            ?? (header.Receiver == LaneEnd.Server ? null : "what is shown is shown to the server's referee")
            ?? (header.Kind == FrameKind.Exhibit ? FaultOfExhibit(header) : FaultOfState(header));

    private string? FaultOfExhibit(FrameHeader header)
    {
        var (block, microBatch) = (header.Block, FrameShapes.Within(header.MicroBatch, ring.MicroBatches, "a micro-batch"));
        if (header.Work.Purpose != Purpose.Training) return "exhibits are of training";
        return header.Exhibit switch
        {
            // Tokens and targets are the server's own.
            ExhibitKind.Input when block > 0 => microBatch ?? FrameShapes.FaultOfOne(header, shapes.Activation),
            ExhibitKind.Gradient when block < ring.Last => microBatch ?? FrameShapes.FaultOfOne(header, shapes.Activation),
            ExhibitKind.OtherPart when ring.HasTiedPart(block) => OfNone(header) ?? FrameShapes.FaultOfOne(header, shapes.Tied),
            _ => $"of block {block} no stage shows a tensor that is its {header.Exhibit}",
        };
    }

    // Of before a step one holder keeps the state.
    private string? FaultOfState(FrameHeader header) => OfNone(header) ?? header.Exhibit switch
    {
        ExhibitKind.State => null,
        ExhibitKind.StateBefore when header.From == ring.KeeperOf(header.Block) => null,
        _ => $"stage {header.From} does not keep block {header.Block}'s {header.Exhibit}",
    } ?? shapes.FaultOfState(header);

    private static string? OfNone(FrameHeader header) => header.MicroBatch == 0 ? null : $"{header.Exhibit} is of no micro-batch";
}
