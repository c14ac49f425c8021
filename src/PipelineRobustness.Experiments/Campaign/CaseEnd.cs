using PipelineRobustness.Adversity.Failures;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>What the oracles say of a case; the worst of several has the highest number.</summary>
public enum CaseVerdict
{
    /// <summary>It ended as is promised.</summary>
    Right = 0,

    /// <summary>It ended otherwise.</summary>
    Wrong = 3,

    /// <summary>It did not end.</summary>
    Stuck = 4,

    /// <summary>Something threw that must not.</summary>
    Crashed = 5,
}

/// <summary>How a case ended.</summary>
/// <param name="Case">The case.</param>
/// <param name="Verdict">What the oracles say.</param>
/// <param name="Why">Why, where it is not right; else how it ended.</param>
/// <param name="Struck">The failures that struck, in their order.</param>
/// <param name="Lies">Who lied: the kind and direction of each lie, once for an attempt.</param>
/// <param name="Hash">Over everything that was told and when, in virtual time.</param>
/// <param name="Transcript">The same, in lines.</param>
public sealed record CaseEnd(
    CampaignCase Case, CaseVerdict Verdict, string Why, IReadOnlyList<Failure> Struck, IReadOnlyList<string> Lies, string Hash,
    IReadOnlyList<string> Transcript);
