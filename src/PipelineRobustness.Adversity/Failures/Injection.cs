
namespace PipelineRobustness.Adversity.Failures;

/// <summary>A failure that took effect.</summary>
/// <param name="At">When, in virtual time.</param>
/// <param name="Failure">What.</param>
/// <param name="Machine">The node or the server that it happened to; empty where it happened to a stage's values, or to no machine.</param>
/// <param name="Stage">The stage at whose work it happened, or that it was meant for.</param>
public sealed record Injection(TimeSpan At, Failure Failure, string Machine, int Stage);

/// <summary>Where a failure takes effect.</summary>
/// <param name="Machine">The node or the server's machine; empty where there is none.</param>
/// <param name="Stage">The stage at whose work it happens, or that it is meant for.</param>
public readonly record struct InjectionSite(string Machine, int Stage);
