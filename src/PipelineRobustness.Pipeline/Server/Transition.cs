using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What an input to a phase leads to. A phase hands over itself where what it has found is needed.</summary>
internal abstract record Transition
{
    private Transition()
    {
    }

    /// <summary>The phase lasts; something came that it waited for.</summary>
    public sealed record Stay : Transition
    {
        public static Stay Instance { get; } = new();
    }

    /// <summary>Another phase begins.</summary>
    public sealed record Enter(Phase Next) : Transition;

    /// <summary>All nodes and stages have reported that are going to.</summary>
    public sealed record Reported(StateReports Reports) : Transition;

    /// <summary>There is no node left to ask.</summary>
    public sealed record NoNodes(StateReports Reports) : Transition;

    /// <summary>Every stage is in its place.</summary>
    public sealed record Placed(Placing Phase) : Transition;

    /// <summary>Every block is restored that was to be.</summary>
    public sealed record Restored(Restoring Phase, AfterRestoring Next) : Transition;

    /// <summary>The pass is accepted: its iteration can be committed.</summary>
    public sealed record Accepted(Training Phase) : Transition;

    /// <summary>Rulings are to be made.</summary>
    /// <param name="In">The phase in which it was found what they are about.</param>
    /// <param name="Findings">What was found.</param>
    public abstract record ToRule(PlacedPhase In, ImmutableArray<Finding> Findings) : Transition
    {
        /// <summary>Whether the evidence of convictions is written.</summary>
        public bool IsWritten { get; init; }
    }

    /// <summary>Everything that was in dispute is decided.</summary>
    public sealed record Ruled(HoldingHearings Phase) : ToRule(Phase, Phase.Findings);

    /// <summary>A stage gave, or took, another state than that of the last commit.</summary>
    public sealed record Misgiven(PlacedPhase In, ImmutableArray<Finding> Findings) : ToRule(In, Findings);

    /// <summary>The blocks are built whose holders say that they begin with different states.</summary>
    public sealed record BeginningsBuilt(ComparingBeginnings Phase) : Transition;

    /// <summary>Every holder has stepped.</summary>
    public sealed record Stepped(Committing Phase) : Transition;

    /// <summary>Every holder has stepped, and no step is in doubt.</summary>
    public sealed record Settled(Committing Phase) : Transition;

    /// <summary>A round of an evaluation is done.</summary>
    public sealed record RoundEvaluated(Evaluating Phase) : Transition;

    /// <summary>The weights that were evaluated are those of the commit.</summary>
    public sealed record Evaluated(ConfirmingEvaluation Phase) : Transition;

    /// <summary>The checkpoint of an interrupted run is written, or cannot be.</summary>
    public sealed record Stored(Storing Phase) : Transition;

    /// <summary>Every block's final state is collected.</summary>
    public sealed record Collected(CollectingState Phase) : Transition;

    /// <summary>Something broke: the state query begins.</summary>
    /// <param name="Reason">What.</param>
    /// <param name="Subject">What the run itself may make fail again; null for an external failure.</param>
    public sealed record Recover(string Reason, string? Subject = null) : Transition
    {
        /// <summary>Blocks of which no holder is sure to be right.</summary>
        public ImmutableSortedSet<int> Doubted { get; init; } = [];

        /// <summary>Whether it is only a move.</summary>
        public bool IsMove { get; init; }

        /// <summary>Whether nothing broke, and the state that was stepped to is not finite.</summary>
        public bool GoesBack { get; init; }
    }

    /// <summary>The run is marked failed where its stages are sound: their state is still collected.</summary>
    public sealed record GiveUp(PlacedPhase Phase, string Reason) : Transition;

    /// <summary>The run was interrupted while it waited for nodes.</summary>
    public sealed record EndWaiting : Transition
    {
        public static EndWaiting Instance { get; } = new();
    }

    /// <summary>The run is marked failed where they may not be.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Lost">What it lost for good; null where something else made it fail.</param>
    public sealed record Fail(string Reason, LossKind? Lost = null) : Transition;
}

/// <summary>What follows when blocks are restored.</summary>
internal abstract record AfterRestoring
{
    private AfterRestoring()
    {
    }

    /// <summary>A recovery is over, and the run resumes.</summary>
    /// <param name="How">What was restored from where, in words.</param>
    /// <param name="Retiring">Stages that were only sources.</param>
    public sealed record Resume(string How, ImmutableArray<StageState> Retiring) : AfterRestoring;

    /// <summary>A holder's state had changed: the attempt is repeated, and nothing of the bad pass counts.</summary>
    public sealed record Repeat(IterationLedger Iteration) : AfterRestoring;

    /// <summary>Stale copies were fetched again after a commit: the iteration is done.</summary>
    public sealed record Finish(IterationLedger Iteration) : AfterRestoring;
}
