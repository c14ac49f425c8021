using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>What a holder of a block may be asked to show.</summary>
public enum ExhibitKind
{
    /// <summary>The block's state at the last commit.</summary>
    State,

    /// <summary>After a commit: the state that the step began with, which the holder of the copy keeps or, without copies, the owner.</summary>
    StateBefore,

    /// <summary>The block's input in a micro-batch.</summary>
    Input,

    /// <summary>The gradient of its output in a micro-batch.</summary>
    Gradient,

    /// <summary>The other block's part of the tied matrix's gradient.</summary>
    OtherPart,
}

/// <summary>Names an exhibit.</summary>
/// <param name="Block">The block.</param>
/// <param name="Kind">What of it.</param>
/// <param name="MicroBatch">The micro-batch; 0 where it is of none.</param>
public readonly record struct ExhibitKey(int Block, ExhibitKind Kind, int MicroBatch = 0)
{
    /// <summary>Whether it names a state, and not a tensor.</summary>
    internal bool IsState => Kind is ExhibitKind.State or ExhibitKind.StateBefore;
}

/// <summary>What a hearing needs. It counts by its claim, whichever stage shows it.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Claim">The claim that it must have.</param>
/// <param name="StatedBy">The stages that have stated that they had it.</param>
public sealed record Exhibit(ExhibitKey Key, Claim Claim, ImmutableArray<int> StatedBy);

/// <summary>What a stage has shown.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Key">What it calls it.</param>
/// <param name="Claim">The claim that it has.</param>
public readonly record struct ShownExhibit(int Stage, ExhibitKey Key, Claim Claim);
