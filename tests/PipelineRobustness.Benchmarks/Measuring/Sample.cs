namespace PipelineRobustness.Benchmarks;

/// <summary>The measurement of a case in a round.</summary>
/// <param name="TokensPerSecond">Tokens trained per second of wall-clock time.</param>
/// <param name="CpuSeconds">Processor time of the whole process per iteration: steadier than wall-clock time on a shared machine.</param>
internal sealed record Sample(double TokensPerSecond, double CpuSeconds);
