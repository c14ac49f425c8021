namespace PipelineRobustness.Models.Files;

/// <summary>Writes files atomically: a reader sees the old content or the new, never a part.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes a temporary file next to <paramref name="path"/>, flushes it, renames it over the path and flushes the
    /// folder.
    /// </summary>
    public static void Write(string path, Action<FileStream> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        // Outside the try block: if it cannot be opened, another process owns it and it is not ours to delete.
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
