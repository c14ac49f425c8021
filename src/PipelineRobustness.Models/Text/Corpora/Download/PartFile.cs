using System.Net.Http.Headers;

namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>A partial download (NAME.part) and its version (NAME.part.etag, if the server sent one).</summary>
/// <param name="target">The path of the complete file.</param>
internal sealed class PartFile(string target)
{
    /// <summary>The path of the partial file.</summary>
    public string Path => target + ".part";

    private string VersionPath => Path + ".etag";

    /// <summary>The server's strong entity tag, or null; a weak tag does not guarantee equal bytes.</summary>
    public EntityTagHeaderValue? Version
    {
        get => File.Exists(VersionPath) && EntityTagHeaderValue.TryParse(File.ReadAllText(VersionPath), out var tag) ? tag : null;
        set
        {
            if (value is { IsWeak: false })
                File.WriteAllText(VersionPath, value.ToString());
            else
                File.Delete(VersionPath);
        }
    }

    /// <summary>Moves the complete file into place.</summary>
    public void Complete()
    {
        File.Move(Path, target, overwrite: true);
        File.Delete(VersionPath);
    }

    /// <summary>Deletes the partial file.</summary>
    public void Delete()
    {
        File.Delete(Path);
        File.Delete(VersionPath);
    }
}
