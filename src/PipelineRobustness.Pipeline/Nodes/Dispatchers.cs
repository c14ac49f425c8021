namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>Names of dispatchers, as in akka.conf.</summary>
internal static class Dispatchers
{
    /// <summary>One dedicated thread for each stage and each detector.</summary>
    public const string Stages = "pipeline.stage-dispatcher";
}
