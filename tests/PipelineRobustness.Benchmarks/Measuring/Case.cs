namespace PipelineRobustness.Benchmarks;

/// <summary>A measured case.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Measure">Sets it up, warms it up, measures a number of iterations and tears it down.</param>
internal sealed record Case(string Name, Func<int, Sample> Measure);
