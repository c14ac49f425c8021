namespace PipelineRobustness.Models.Files;

/// <summary>A file that is there whole or not at all.</summary>
public static class ReplacedFile
{
    /// <summary>Writes beside <paramref name="path"/>, flushes to the disk, renames, and flushes the new name too.</summary>
    public static void Write(string path, Action<FileStream> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        // Outside the try: where it cannot be opened it is another's, and not ours to delete.
        var opened = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
        try
        {
            using (var file = opened)
            {
                write(file);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
