using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>One holder's statement, as the holder of one block: what it states that it worked on, and that came of it.</summary>
/// <param name="Ring">The pipeline.</param>
/// <param name="Block">The block.</param>
/// <param name="Statement">The statement.</param>
internal sealed record HolderRecord(Ring Ring, int Block, Statement Statement)
{
    private bool IsOwner => Statement.Stage == Block;

    private BlockSums Sums => IsOwner ? Statement.Own : Statement.Copy;

    /// <summary>What it states that it worked on; null for nothing.</summary>
    public Claim? WorkedOn(ExhibitKey key) => key.Kind switch
    {
        ExhibitKind.Input => IsOwner ? Statement.Forward[key.MicroBatch].Came : Statement.Forward[key.MicroBatch].Jumped,
        // The copy is given the gradient that its holder itself sends.
        ExhibitKind.Gradient => IsOwner ? Statement.Backward[key.MicroBatch].Came : Statement.Backward[key.MicroBatch].Sent,
        // The last block's copy is held by the owner of the other part.
        _ => !IsOwner && Block == Ring.Last ? Statement.Own.Part : Sums.Other,
    };

    /// <summary>What it states that came of it; null for nothing.</summary>
    public Claim? Gave(DisputedValue value, int? microBatch) => value switch
    {
        DisputedValue.Output => IsOwner ? Statement.Forward[microBatch!.Value].Sent : Statement.Forward[microBatch!.Value].Copy,
        DisputedValue.InputGradient => IsOwner ? Statement.Backward[microBatch!.Value].Sent : Statement.Backward[microBatch!.Value].Copy,
        DisputedValue.TiedPart => Sums.Part,
        DisputedValue.Sums => Sums.ToClaim(),
        _ => null,
    };
}
