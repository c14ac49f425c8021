using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>Names of nodes with a space between them, or nothing.</summary>
public sealed record NodeNamesOrNone() : PatternText($"({Name}( {Name})*)?", "names of nodes with a space between them, or nothing")
{
    private const string Name = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
}
