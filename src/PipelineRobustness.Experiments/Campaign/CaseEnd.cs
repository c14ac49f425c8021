using PipelineRobustness.Adversity.Failures;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>The verdict of the oracles on a case. A higher number is worse.</summary>
public enum CaseVerdict
{
    /// <summary>It ended as promised.</summary>
    Right = 0,

    /// <summary>It ended, but not as promised.</summary>
    Wrong = 3,

    /// <summary>It did not end.</summary>
    Stuck = 4,

    /// <summary>It threw an exception that it must not throw.</summary>
    Crashed = 5,
}

/// <summary>How a case ended.</summary>
/// <param name="Case">The case.</param>
/// <param name="Verdict">What the oracles say.</param>
/// <param name="Why">Why the verdict is not right; otherwise how the case ended.</param>
/// <param name="Injected">The failures that took effect, in the order of time.</param>
/// <param name="Attacks">The kind and direction of each attack, once per attempt.</param>
/// <param name="Hash">A hash of all events and their virtual times.</param>
/// <param name="Transcript">The same events, one per line.</param>
public sealed record CaseEnd(
    CampaignCase Case, CaseVerdict Verdict, string Why, IReadOnlyList<Failure> Injected, IReadOnlyList<string> Attacks, string Hash,
    IReadOnlyList<string> Transcript);
