using Akka.Configuration;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Wire;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>A node's Akka settings as the HOCON files give them; address and roles depend on the process, and the host adds them.</summary>
internal static class ClusterConfig
{
    /// <summary>The role of nodes that may lead.</summary>
    public const string LeaderRole = "leader";

    /// <summary>The settings: of TLS, if any, over cluster.conf, over wire.conf, over akka.conf.</summary>
    public static Config Of(ClusterOptions options) => (options.Credentials is null ? Config.Empty : NodeCredentials.Settings)
        .WithFallback(Embedded.Settings("cluster.conf"))
        .WithFallback(WireSerializer.Settings)
        .WithFallback(RunSystem.Settings);
}
