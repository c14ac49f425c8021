using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Hosting;

/// <summary>What <see cref="PipelineNodeServices.AddPipelineNode"/> was given.</summary>
internal sealed record NodeSetup(ClusterOptions Options, IRunCatalog Catalog, IEnumerable<RunPlan> Plans, DriveExperiment? Drive);

/// <summary>Opens a node's lanes.</summary>
internal delegate ILanes OpenLanes(NodeId here, LaneRules rules, ILaneEvents events);
