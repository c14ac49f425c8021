using Akka.Configuration;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Akka's settings for a spec: those of a run, without any output on the terminal.</summary>
internal static class RunConfiguration
{
    public static Config Quiet { get; } = ConfigurationFactory.ParseString(
        """
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        """).WithFallback(RunSystem.Settings);
}
