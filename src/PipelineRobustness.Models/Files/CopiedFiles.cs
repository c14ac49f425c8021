namespace PipelineRobustness.Models.Files;

/// <summary>
/// Files that are saved with a model as they are. One that cannot be copied, or is not what its name says, is left out: it is
/// worth a note, not the model.
/// </summary>
internal static class CopiedFiles
{
    /// <summary>A line for each file of these names in a folder that is there and would be left out.</summary>
    public static IEnumerable<string> LeftOut(IEnumerable<string> names, string? source) => source is null ? []
        : names.Select(name => Attempt(Path.Combine(source, name), _ => { })).OfType<string>();

    /// <summary>Copies the files of these names that are there.</summary>
    /// <returns>A line for each file that was left out.</returns>
    public static IReadOnlyList<string> Copy(IEnumerable<string> names, string? source, string folder) =>
        source is null || Path.GetFullPath(source) == Path.GetFullPath(folder) ? []
            : [.. names.Select(name => Attempt(Path.Combine(source, name), file => Write(Path.Combine(folder, name), file))).OfType<string>()];

    private static void Write(string path, FileStream file) => AtomicFile.Write(path, file.CopyTo);

    private static string? Attempt(string path, Action<FileStream> copy)
    {
        if (!UserFile.IsThere(path)) return null;
        try
        {
            using var file = UserFile.Open(path, File.OpenRead);
            if (FileSignature.Of(FileSignature.Head(file)) is { } other)
                return Note($"{path}: expected a file of a model, found {other}");
            file.Position = 0;
            copy(file);
            return null;
        }
        catch (BadInputException e)
        {
            return Note(e.Message);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            return Note($"{path}: cannot be copied: {e.Message}");
        }
    }

    /// <summary>The line for something that is left out.</summary>
    public static string Note(string trouble) => $"{trouble}; it is not saved with the model";
}
