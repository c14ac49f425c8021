using Akka.Configuration;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Akka's settings for a spec.</summary>
internal static class RunConfiguration
{
    public static Config Quiet { get; } = ConfigurationFactory.ParseString(
        """
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        """);
}
