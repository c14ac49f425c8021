using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>What to do about the verdicts of a complete pass.</summary>
public abstract record Judgement
{
    private Judgement()
    {
    }

    /// <summary>Continue: with the backward pass, or with the commit.</summary>
    public sealed record Accept : Judgement
    {
        /// <summary>The one instance.</summary>
        public static Accept Instance { get; } = new();
    }

    /// <summary>Discard the attempt and start a new one.</summary>
    /// <param name="Reason">Why, for the log.</param>
    public sealed record NewAttempt(string Reason) : Judgement
    {
        /// <summary>Whether a remedy that normally needs no new attempt needs one, since no honest holder of a value is left; counted as a repeat.</summary>
        public bool LacksHonestHolder { get; init; }
    }

    /// <summary>Repeat the pass within the same attempt without some stages.</summary>
    /// <param name="Skipped">Stages that no longer take part.</param>
    /// <param name="Frozen">Blocks that this iteration will not update.</param>
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
    /// <summary>The suspects, ascending.</summary>
    public ImmutableSortedSet<int> Suspects => [.. Verdicts.Select(v => v.Suspect)];
}

/// <summary>
/// What is done about a suspect, with everything that depends on it from the stage to the report. A new remedy is one class
/// in this folder: <see cref="RemedyCatalog"/> finds it by its <see cref="Name"/>. It must be stateless.
/// </summary>
public interface IRemedy
{
    /// <summary>The value of <c>defence.remedy</c> that chooses it.</summary>
    string Name { get; }

    /// <summary>What it does, in a sentence or two, for the report.</summary>
    string Meaning { get; }

    /// <summary>Whether stages inspect what they receive.</summary>
    bool Compares => true;

    /// <summary>Whether it needs a detector that compares with copies.</summary>
    bool NeedsCopies => false;

    /// <summary>
    /// Whether stages state what they were sent and what they made of it, in place of inspecting it, and a referee decides where
    /// statements differ.
    /// </summary>
    bool IsRefereed => false;

    /// <summary>Whether the forward pass is judged before backward begins.</summary>
    bool JudgesBetweenPasses => false;

    /// <summary>Whether jumping connections lead through the server.</summary>
    bool JumpsThroughServer => false;

    /// <summary>Whether a pass may be repeated without some stages, so that stages that are not neighbours send to each other.</summary>
    bool LeavesStagesOut => false;

    /// <summary>
    /// Whether nothing is done about a suspect: if original and copy differ, the owner's values stand and the copy is fetched
    /// again.
    /// </summary>
    bool OwnerStands => false;

    /// <summary>Whether the weights must equal those of an honest run, bit for bit.</summary>
    bool KeepsWeights => false;

    /// <summary>Whether a stage keeps its copy's activation until the detector has answered, for <see cref="InPlaceOf"/>.</summary>
    bool KeepsCopyValues => false;

    /// <summary>The value that a stage continues with in place of one that its detector rejected.</summary>
    /// <param name="rejected">The value that it received.</param>
    /// <param name="computed">The copy's value, if available.</param>
    /// <returns>One of the two.</returns>
    Tensor InPlaceOf(Tensor rejected, Tensor? computed) => rejected;

    /// <summary>Decides on the verdicts of a complete pass.</summary>
    Judgement Judge(Evidence evidence);

    /// <summary>
    /// The expected number of passes of an iteration, for the estimated time: a new attempt is a pass more, and so is a pass that is
    /// repeated without some stages.
    /// </summary>
    /// <param name="clean">The share of attempts in which every stage is honest.</param>
    /// <param name="attempts">The maximum number of attempts of an iteration.</param>
    double ExpectedPasses(double clean, int attempts) => 1;

    /// <summary>What it did in a run, in sentences for the report.</summary>
    string Summary(RemedyTally tally);
}

/// <summary>What a run's remedy did, in numbers.</summary>
/// <param name="Iterations">Iterations committed.</param>
/// <param name="Attempts">Attempts at them.</param>
/// <param name="Repeats">Attempts made necessary by <see cref="Judgement.NewAttempt.LacksHonestHolder"/>.</param>
/// <param name="Skipped">How often a stage was left out.</param>
/// <param name="Frozen">How often a block was not updated.</param>
public readonly record struct RemedyTally(long Iterations, long Attempts, long Repeats, long Skipped, long Frozen)
{
    /// <summary>A number of things in words.</summary>
    public static string Count(long count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
