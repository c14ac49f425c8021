namespace PipelineRobustness.BuildSteps.NativeLibrary;

/// <summary>The build step: a patched copy of a native library, the original only read.</summary>
public static class NativeLibraryStep
{
    /// <summary>
    /// Writes the library at <paramref name="from"/> to <paramref name="to"/>, patched where it needs it, else byte for byte.
    /// </summary>
    /// <returns>0, an exit code.</returns>
    public static int Run(string from, string to, TextWriter log)
    {
        var image = File.ReadAllBytes(from);
        var outcome = OlderLibstdcxx.Patch(image);
        // A new file renamed over the old: `to` may be linked into an output folder that a running process has mapped.
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(to))!);
        var unfinished = to + ".unfinished";
        File.WriteAllBytes(unfinished, image);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(unfinished, File.GetUnixFileMode(from));
        File.Move(unfinished, to, overwrite: true);
        log.WriteLine($"{Path.GetFileName(to)}: {outcome}");
        return 0;
    }
}
