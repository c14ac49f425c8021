namespace PipelineRobustness.Tests.Ground;

/// <summary>The repository that these tests were built in.</summary>
internal static class Repository
{
    /// <summary>The folder of PipelineRobustness.sln, looked for upwards from the test's own.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The text of a file named from the root.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PipelineRobustness.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException($"no PipelineRobustness.sln above {AppContext.BaseDirectory}");
    }
}
