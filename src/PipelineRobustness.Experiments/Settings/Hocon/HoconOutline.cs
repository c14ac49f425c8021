namespace PipelineRobustness.Experiments.Settings.Hocon;

/// <summary>What a checked HOCON text consists of: where each key is written, and how long each list is.</summary>
/// <param name="Lines">The line of every key, object and list element, by its full path (<c>runs[1].attack.forward</c>), in the order written.</param>
/// <param name="Lengths">The number of elements of every list, by its full path.</param>
/// <param name="UnreadCommas">Offsets of commas behind <c>key { ... }</c>: good HOCON that Akka's reader cannot read.</param>
internal sealed record HoconOutline(
    IReadOnlyDictionary<string, int> Lines, IReadOnlyDictionary<string, int> Lengths, IReadOnlyList<int> UnreadCommas);
