using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>What to do about the verdicts of a complete pass.</summary>
public abstract record Judgement
{
    private Judgement()
    {
    }

    /// <summary>Go on: to the backward pass, or to the commit.</summary>
    public sealed record Accept : Judgement
    {
        /// <summary>The one instance.</summary>
        public static Accept Instance { get; } = new();
    }

    /// <summary>Throw the iteration away and begin it again in a new attempt.</summary>
    /// <param name="Reason">Why, for the log.</param>
    public sealed record NewAttempt(string Reason) : Judgement;

    /// <summary>Repeat the pass within the same attempt without some stages.</summary>
    /// <param name="Skipped">Stages that take no part any more.</param>
    /// <param name="Frozen">Blocks that will not be updated by this iteration.</param>
    public sealed record RepeatWithout(ImmutableSortedSet<int> Skipped, ImmutableSortedSet<int> Frozen) : Judgement;
}

/// <summary>What a complete pass found.</summary>
/// <param name="Stages">Number of stages.</param>
/// <param name="Verdicts">In the order (micro-batch, stage); never empty.</param>
/// <param name="Skipped">Stages that took no part in it.</param>
/// <param name="Frozen">Blocks that will not be updated.</param>
public sealed record Evidence(
    int Stages, IReadOnlyList<Verdict> Verdicts, ImmutableSortedSet<int> Skipped, ImmutableSortedSet<int> Frozen)
{
    /// <summary>The accused stages, ascending.</summary>
    public ImmutableSortedSet<int> Suspects => [.. Verdicts.Select(v => v.Suspect)];
}

/// <summary>
/// What is done about an accused stage. A new remedy is one class in this folder: <see cref="RemedyCatalog"/> finds it by
/// its <see cref="Name"/>. It must be stateless.
/// </summary>
public interface IRemedy
{
    /// <summary>The value of <c>defence.remedy</c> that chooses it.</summary>
    string Name { get; }

    /// <summary>Whether detectors compare anything.</summary>
    bool Compares => true;

    /// <summary>Whether the forward pass is judged before backward begins.</summary>
    bool JudgesBetweenPasses => false;

    /// <summary>Whether a stage goes on with its copy's value in place of one that it convicted.</summary>
    bool CopyTakesOver => false;

    /// <summary>Whether jumping connections lead through the server.</summary>
    bool JumpsThroughServer => false;

    /// <summary>Whether a block's owner is right where original and copy differ; the copy is then fetched anew.</summary>
    bool OwnerStands => false;

    /// <summary>Decides on the verdicts of a complete pass.</summary>
    Judgement Judge(Evidence evidence);
}
