using System.Reflection;
using System.Runtime.InteropServices;

namespace PipelineRobustness.Experiments.Results;

/// <summary>The versions that produced the numbers.</summary>
public static class Versions
{
    /// <summary>This program's version, with the commit it was built from where that is known.</summary>
    public static string Program => Of(typeof(Versions).Assembly);

    /// <summary>Program, libraries and machine.</summary>
    public static IReadOnlyList<(string Name, string Version)> All { get; } =
    [
        ("pipelineRobustness", Program),
        ("dotnet", Environment.Version.ToString()),
        ("akka", Of(typeof(Akka.Actor.ActorSystem).Assembly)),
        ("torchSharp", Of(typeof(TorchSharp.torch).Assembly)),
        ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}"),
    ];

    private static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
