using System.Globalization;
using System.Text.RegularExpressions;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Checkpoints;

/// <summary>
/// One checkpoint's folder. Its name says version and ballot in full, so that two servers never write into one another's:
/// one of a lower ballot cannot replace another, only exist next to it.
/// </summary>
internal sealed partial record CheckpointFolder(string Root, long Version, Ballot Ballot) : IComparable<CheckpointFolder>
{
    /// <summary>Such as <c>v00000120-b3.node-1.00000000c0ffee00</c>.</summary>
    public string Name => string.Create(
        CultureInfo.InvariantCulture,
        $"v{Version:D8}-b{Ballot.Counter}.{Uri.EscapeDataString(Ballot.Node.Name)}.{Ballot.Node.Incarnation:x16}");

    /// <summary>Where it is.</summary>
    public string Path => System.IO.Path.Combine(Root, Name);

    /// <summary>Its manifest.</summary>
    public string Manifest => In(ManifestFile.Name);

    /// <summary>Whether it was finished.</summary>
    public bool IsSealed => File.Exists(Manifest);

    /// <summary>The checkpoints in a folder, newest first, whole or not. Other entries are ignored.</summary>
    public static IReadOnlyList<CheckpointFolder> AllIn(string root) => !Directory.Exists(root) ? [] :
    [
        .. Directory.EnumerateDirectories(root).Select(path => Parse(root, System.IO.Path.GetFileName(path)))
            .OfType<CheckpointFolder>().OrderDescending(),
    ];

    /// <summary>Where one of its files is.</summary>
    public string In(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>By version, then by ballot.</summary>
    public int CompareTo(CheckpointFolder? other) => other is null ? 1
        : Version != other.Version ? Version.CompareTo(other.Version)
        : Ballot.CompareTo(other.Ballot);

    /// <summary>Removes it, the manifest first: without one, it is no checkpoint.</summary>
    public void Remove()
    {
        try
        {
            File.Delete(Manifest);
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another process was faster.
        }
    }

    private static CheckpointFolder? Parse(string root, string name)
    {
        var match = Form().Match(name);
        if (!match.Success
            || !long.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var version)
            || !long.TryParse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture, out var counter))
            return null;
        var node = new NodeId(
            Uri.UnescapeDataString(match.Groups[3].Value), ulong.Parse(match.Groups[4].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        var folder = new CheckpointFolder(root, version, new Ballot(counter, node));
        return folder.Name == name ? folder : null;
    }

    [GeneratedRegex(@"^v([0-9]{8,19})-b([0-9]{1,19})\.(.*)\.([0-9a-f]{16})\z", RegexOptions.Singleline)]
    private static partial Regex Form();
}
