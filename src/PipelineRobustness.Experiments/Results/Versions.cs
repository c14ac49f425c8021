using System.Reflection;
using System.Runtime.InteropServices;

namespace PipelineRobustness.Experiments.Results;

/// <summary>The versions that produced the numbers.</summary>
public static class Versions
{
    /// <summary>This program's version, with the commit it was built from where that is known.</summary>
    public static string Program => Of(typeof(Versions).Assembly);

    /// <summary>The same, with the commit shortened to 12 digits.</summary>
    public static string ShownProgram => Shown(Program);

    /// <summary>A version with its commit, if it has one, shortened to 12 digits.</summary>
    public static string Shown(string version)
    {
        var end = version.IndexOf('+', StringComparison.Ordinal) + 1 + CommitShown;
        return end > CommitShown && end < version.Length ? version[..end] : version;
    }

    /// <summary>Program, libraries and machine, as people read them.</summary>
    public static string InWords => string.Join(", ", All.Select(one => $"{DisplayNames.GetValueOrDefault(one.Name, one.Name)} {Shown(one.Version)}"));

    /// <summary>Program, libraries and machine, by their names in experiment.json.</summary>
    public static IReadOnlyList<(string Name, string Version)> All { get; } =
    [
        ("pipelineRobustness", Program),
        ("dotnet", Environment.Version.ToString()),
        ("akka", Of(typeof(Akka.Actor.ActorSystem).Assembly)),
        ("torchSharp", Of(typeof(TorchSharp.torch).Assembly)),
        ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}"),
    ];

    private const int CommitShown = 12;

    private static readonly Dictionary<string, string> DisplayNames = new()
    {
        ["pipelineRobustness"] = "PipelineRobustness",
        ["dotnet"] = ".NET",
        ["akka"] = "Akka.NET",
        ["torchSharp"] = "TorchSharp",
        ["system"] = "on",
    };

    private static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
