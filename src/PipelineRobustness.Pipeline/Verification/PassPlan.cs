using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>Which stages hold copies (duplicated blocks).</summary>
public enum CopyPlacement
{
    /// <summary>No stage.</summary>
    None,

    /// <summary>The paper: stage k, 2 ≤ k ≤ K-1, holds a copy of block k-1.</summary>
    Middle,

    /// <summary>Also stage 1 of block 0 and stage 0 of block K-1.</summary>
    Ring,
}

/// <summary>
/// Which stages take part in a pass, where they send, and where copies are computed. With stages 0..5, copies in the
/// middle and no stage skipped (═ neighbours, ─ forward jumps; backward everything runs the other way):
/// <code>
///   0 ═══ 1 ═══ 2 ═══ 3 ═══ 4 ═══ 5      stage k holds block k
///   └───────────┘     |     |     |      0 jumps to 2, which holds a copy of block 1
///         └───────────┘     |     |      1 jumps to 3, which holds a copy of block 2
///               └───────────┘     |      2 jumps to 4, which holds a copy of block 3
///                     └───────────┘      3 jumps to 5, which holds a copy of block 4
/// </code>
/// The neighbours of a skipped stage become neighbours; a copy is computed if its owner and its holder both take part.
/// </summary>
public sealed class PassPlan
{
    private readonly CopyPlacement _copies;

    /// <summary>Plans a pass of <paramref name="stages"/> stages without <paramref name="skipped"/>.</summary>
    public PassPlan(int stages, CopyPlacement copies, ImmutableSortedSet<int> skipped)
    {
        Stages = stages;
        _copies = copies;
        Skipped = skipped;
        Chain = [.. Enumerable.Range(0, stages).Where(s => !skipped.Contains(s))];
    }

    /// <summary>How many stages there are, those that take no part included.</summary>
    public int Stages { get; }

    /// <summary>Stages that take no part.</summary>
    public ImmutableSortedSet<int> Skipped { get; }

    /// <summary>Stages that take part, in order.</summary>
    public ImmutableArray<int> Chain { get; }

    /// <summary>The block whose copy a stage holds, whether the copy is computed or not.</summary>
    public static int? CopyHeldBy(int stage, int stages, CopyPlacement copies) => copies switch
    {
        CopyPlacement.Middle when stage >= 2 => stage - 1,
        CopyPlacement.Ring => stage == 0 ? stages - 1 : stage - 1,
        _ => null,
    };

    /// <summary>Whether a stage takes part.</summary>
    public bool Works(int stage) => !Skipped.Contains(stage);

    /// <summary>The nearest stage before it that takes part.</summary>
    public int? Predecessor(int stage) => Neighbour(stage, -1);

    /// <summary>The nearest stage after it that takes part.</summary>
    public int? Successor(int stage) => Neighbour(stage, +1);

    /// <summary>The block whose copy a stage computes in this pass.</summary>
    public int? CopyComputedBy(int stage) =>
        Works(stage) && CopyHeldBy(stage, Stages, _copies) is { } block && Works(block) ? block : null;

    /// <summary>The stage that computes a copy of a block in this pass.</summary>
    public int? CopyHolderOf(int block)
    {
        var holder = (block + 1) % Stages;
        return CopyComputedBy(holder) == block ? holder : null;
    }

    /// <summary>
    /// The other end of a stage's jumping connection: the stage that computes a copy of its successor. It also receives
    /// what the stage sends forward, and sends back the reference for the successor's gradient.
    /// </summary>
    public int? JumpPartner(int stage) => Successor(stage) is { } next ? CopyHolderOf(next) : null;

    /// <summary>
    /// The source of the input of a stage's copy, and the destination of that copy's input gradient; null for block 0,
    /// which reads the tokens.
    /// </summary>
    public int? JumpSource(int holder) => CopyComputedBy(holder) is { } block ? Predecessor(block) : null;

    /// <summary>Stages that inspect what they receive in a direction.</summary>
    /// <param name="detector">The detector they use; null if nothing is inspected.</param>
    /// <param name="direction">Which way the pass goes.</param>
    public IEnumerable<int> Checkers(IDetector? detector, Direction direction) => Chain.Where(s => Checks(detector, direction, s));

    /// <summary>Whether a stage is one of the <see cref="Checkers"/>.</summary>
    public bool Checks(IDetector? detector, Direction direction, int stage) => (detector?.NeedsCopy, direction) switch
    {
        (null, _) => false,
        (true, Direction.Forward) => CopyComputedBy(stage) is not null,
        (true, Direction.Backward) => JumpPartner(stage) is not null,
        (false, Direction.Forward) => Predecessor(stage) is not null,
        (false, Direction.Backward) => Successor(stage) is not null,
        _ => throw new ArgumentOutOfRangeException(nameof(direction)),
    };

    private int? Neighbour(int stage, int step)
    {
        var at = Skipped.IsEmpty ? stage : Chain.IndexOf(stage);
        if (at < 0) return null;
        at += step;
        return at >= 0 && at < Chain.Length ? Chain[at] : null;
    }
}
