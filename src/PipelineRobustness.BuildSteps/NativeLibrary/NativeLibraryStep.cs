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
        var outcome = LibstdcxxPatch.Patch(image);
        OutputFile.Write(to, image, OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(from));
        log.WriteLine($"{Path.GetFileName(to)}: {outcome}");
        return 0;
    }
}
