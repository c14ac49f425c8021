namespace PipelineRobustness.BuildSteps;

/// <summary>Files that appear whole or not at all.</summary>
public static class OutputFile
{
    /// <summary>
    /// Writes a new file and renames it over <paramref name="path"/>. What the old one is linked to (the NuGet cache, an output
    /// folder that a process has mapped) keeps its bytes, and of two builds at once neither sees half a file.
    /// </summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var unfinished = $"{path}.{Environment.ProcessId}.unfinished";
        File.WriteAllBytes(unfinished, bytes);
        if (mode is { } given && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(unfinished, given);
        File.Move(unfinished, path, overwrite: true);
    }
}
