namespace PipelineRobustness.Benchmarks;

/// <summary>Something that is measured.</summary>
/// <param name="Name">What to call it in the table.</param>
/// <param name="Measure">Sets it up, warms it up, measures so many iterations, and takes it down.</param>
internal sealed record Case(string Name, Func<int, Sample> Measure);
