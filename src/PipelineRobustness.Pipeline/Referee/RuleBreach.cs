using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>A rule that does not hold, and so what is to be done about it.</summary>
public abstract record RuleBreach
{
    private RuleBreach()
    {
    }

    /// <summary>What was done when it was broken.</summary>
    public abstract Act Act { get; }

    /// <summary>In which micro-batch; null for a pass as a whole.</summary>
    public int? MicroBatch { get; init; }

    /// <summary>A statement that is incomplete or not signed: its stage is convicted.</summary>
    /// <param name="Stage">The stage.</param>
    /// <param name="Fault">What is wrong with it, in words.</param>
    public sealed record MalformedStatement(int Stage, string Fault) : RuleBreach
    {
        /// <inheritdoc/>
        public override Act Act => Act.Statement;
    }

    /// <summary>
    /// The ends of a link differ about what was sent over it: one of them states it falsely, and no other stage was there. It is
    /// relayed from the next attempt on, and convicts neither.
    /// </summary>
    /// <param name="Link">The link.</param>
    public sealed record DisputedLink(StageLink Link) : RuleBreach
    {
        /// <inheritdoc/>
        public override Act Act => Link.Act;
    }

    /// <summary>An end of a relayed link states something else than the referee was given, or handed on: it is convicted.</summary>
    /// <param name="Link">The link.</param>
    /// <param name="Stage">The end.</param>
    public sealed record ContradictedRelay(StageLink Link, int Stage) : RuleBreach
    {
        /// <inheritdoc/>
        public override Act Act => Link.Act;
    }

    /// <summary>The holders of a block differ: a hearing decides.</summary>
    /// <param name="Dispute">About what.</param>
    public sealed record DisputedBlock(Dispute Dispute) : RuleBreach
    {
        /// <inheritdoc/>
        public override Act Act => Dispute.Act;
    }
}
