using Akka.Configuration;

namespace PipelineRobustness.Pipeline.Wire;

/// <summary>The settings files that lie within this assembly.</summary>
internal static class Embedded
{
    /// <summary>One of them, read.</summary>
    public static Config Settings(string name)
    {
        using var stream = typeof(Embedded).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
