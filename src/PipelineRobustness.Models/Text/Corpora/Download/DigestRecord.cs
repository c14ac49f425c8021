using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>The SHA-256 that a file had when it was first downloaded, where none is published: NAME.sha256 beside it.</summary>
internal static class DigestRecord
{
    private const int BytesMax = 10_000;

    /// <summary>Where a file's record lies.</summary>
    public static string PathOf(string path) => path + ".sha256";

    /// <summary>Whether there is a record.</summary>
    /// <exception cref="BadInputException">The file is no longer the one that was downloaded.</exception>
    public static bool Check(string path, string digest)
    {
        var record = PathOf(path);
        if (!File.Exists(record)) return false;

        var first = UserFile.ReadText(record, BytesMax).Split(' ', '\n')[0];
        return first.Equals(digest, StringComparison.OrdinalIgnoreCase)
            ? true
            : throw new BadInputException($"{path}: expected SHA-256 {first} as first downloaded ({Path.GetFileName(record)}), found {digest}");
    }
}
