namespace PipelineRobustness.Models;

/// <summary>A file that is there whole or not at all.</summary>
public static class ReplacedFile
{
    /// <summary>Writes beside <paramref name="path"/>, flushes to the disk, renames.</summary>
    public static void Write(string path, Action<FileStream> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
