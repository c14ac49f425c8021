using System.Net.Http.Headers;

namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>What has come of a file (NAME.part), and which version of it that is (NAME.part.etag, where the server said so).</summary>
/// <param name="target">Where the whole file is to lie.</param>
internal sealed class PartFile(string target)
{
    /// <summary>Where it lies.</summary>
    public string Path => target + ".part";

    private string VersionPath => Path + ".etag";

    /// <summary>The server's strong name for the version, or null; a weak one does not vouch for every byte.</summary>
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

    /// <summary>It is whole.</summary>
    public void BecomeWhole()
    {
        File.Move(Path, target, overwrite: true);
        File.Delete(VersionPath);
    }

    /// <summary>It is of no use.</summary>
    public void Delete()
    {
        File.Delete(Path);
        File.Delete(VersionPath);
    }
}
