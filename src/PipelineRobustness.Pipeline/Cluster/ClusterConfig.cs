using System.Globalization;
using Akka.Configuration;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Wire;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>Akka's settings of a node: what is computed at its start, over cluster.conf, over what every run has.</summary>
internal static class ClusterConfig
{
    /// <summary>The role of nodes that the central server may be on.</summary>
    public const string ServerRole = "server";

    /// <summary>The settings of one node.</summary>
    public static Config Of(ClusterOptions options)
    {
        var own = ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
            akka.remote.dot-netty.tcp {
              hostname = "{{options.Host}}"
              port = {{options.Port}}
            }
            akka.cluster.roles = [{{(options.MayServe ? $"\"{ServerRole}\"" : "")}}]
            """));
        return options.Outranking.WithFallback(own)
            .WithFallback(options.Papers is null ? Config.Empty : NodeCredentials.Settings)
            .WithFallback(Embedded.Settings("cluster.conf"))
            .WithFallback(WireSerializer.Settings)
            .WithFallback(RunSystem.Settings);
    }
}
