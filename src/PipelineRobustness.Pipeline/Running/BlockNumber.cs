using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>The number of a block, which is that of its stage.</summary>
public sealed record BlockNumber() : PatternText("0|[1-9][0-9]{0,2}", "the number of a block");
