namespace PipelineRobustness.Experiments.Runs;

/// <summary>Where a path in an experiment file leads to.</summary>
internal static class InputPath
{
    /// <summary>A relative path is seen from the current directory; where nothing is there, from the experiment file's.</summary>
    public static string Resolve(string path, string experimentFolder)
    {
        var nextToFile = Path.Combine(experimentFolder, path);
        return !Exists(path) && Exists(nextToFile) ? nextToFile : path;
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);
}
