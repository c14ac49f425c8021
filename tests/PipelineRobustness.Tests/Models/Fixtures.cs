using System.Text.Json.Nodes;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Models;

/// <summary>
/// The folder of golden values: the environment variable PIPELINE_FIXTURES, or ../shared/fixtures relative to the
/// repository.
/// </summary>
internal static class Fixtures
{
    public const string Variable = "PIPELINE_FIXTURES";

    public static string Folder { get; } = Path.GetFullPath(Named ?? Path.Combine("..", "shared", "fixtures"), RepositoryRoot());

    /// <summary>The names of model folders of supported families.</summary>
    public static IReadOnlyList<string> Models { get; } = Directory.Exists(Folder)
        ? [.. Directory.GetDirectories(Folder).Where(IsSupported).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];

    private static string? Named => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : null;

    /// <summary>The default folder may be absent; an explicitly set one may not.</summary>
    public static void SkipIfAbsent()
    {
        var message = $"no golden values: {Folder} is absent (set {Variable})";
        Assert.True(Directory.Exists(Folder) || Named is null, message);
        Assert.SkipUnless(Directory.Exists(Folder), message);
    }

    private static bool IsSupported(string folder)
    {
        var config = Path.Combine(folder, HuggingFaceFolder.ConfigName);
        return File.Exists(config)
            && GoldenFolder.WeightsOf(folder) is not null
            && JsonNode.Parse(File.ReadAllText(config)) is JsonObject json
            && ModelConfig.Families.Contains((string?)json["model_type"]);
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PipelineRobustness.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException($"no PipelineRobustness.sln above {AppContext.BaseDirectory}");
    }
}
