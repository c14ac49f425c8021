namespace PipelineRobustness.Experiments;

/// <summary>What a checked HOCON text consists of: where each key is written, and how long each list is.</summary>
/// <param name="Lines">The line of every key, object and list element, by its full path (<c>runs[1].attack.forward</c>).</param>
/// <param name="Lengths">The number of elements of every list, by its full path.</param>
internal sealed record HoconOutline(IReadOnlyDictionary<string, int> Lines, IReadOnlyDictionary<string, int> Lengths);
