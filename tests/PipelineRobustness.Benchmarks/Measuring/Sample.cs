namespace PipelineRobustness.Benchmarks;

/// <summary>What one case gave in one round.</summary>
/// <param name="TokensPerSecond">Tokens trained on, by the wall clock.</param>
/// <param name="CpuSeconds">Processor time of the whole process for one iteration: steadier than the wall clock where others work beside.</param>
internal sealed record Sample(double TokensPerSecond, double CpuSeconds);
