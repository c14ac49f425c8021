namespace PipelineRobustness.BuildSteps;

/// <summary>Writes build outputs atomically.</summary>
public static class OutputFile
{
    /// <summary>
    /// Writes a temporary file and renames it over <paramref name="path"/>. Hard links to the old file (the NuGet
    /// cache, an output folder that a process has mapped) keep their content, and concurrent builds never see a partial
    /// file.
    /// </summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllBytes(temporary, bytes);
        if (mode is { } given && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(temporary, given);
        File.Move(temporary, path, overwrite: true);
    }
}
