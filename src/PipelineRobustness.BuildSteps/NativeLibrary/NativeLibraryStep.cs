namespace PipelineRobustness.BuildSteps.NativeLibrary;

/// <summary>Build step that writes a patched copy of a native library; the original is not modified.</summary>
public static class NativeLibraryStep
{
    /// <summary>
    /// Writes the library at <paramref name="from"/> to <paramref name="to"/>, patched if necessary, otherwise byte for
    /// byte.
    /// </summary>
    /// <returns>The exit code 0.</returns>
    public static int Run(string from, string to, TextWriter log)
    {
        var image = File.ReadAllBytes(from);
        var outcome = LibstdcxxPatch.Patch(image);
        OutputFile.Write(to, image, OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(from));
        log.WriteLine($"{Path.GetFileName(to)}: {outcome}");
        return 0;
    }
}
