using Akka.Configuration;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>The settings files embedded in this assembly.</summary>
internal static class Embedded
{
    /// <summary>Reads one of them.</summary>
    public static Config Settings(string name)
    {
        using var stream = typeof(Embedded).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
