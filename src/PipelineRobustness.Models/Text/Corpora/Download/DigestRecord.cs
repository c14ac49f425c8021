using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>Records the SHA-256 of a file's first download, if none is published, in NAME.sha256.</summary>
internal static class DigestRecord
{
    private const int BytesMax = 10_000;

    /// <summary>The path of a file's record.</summary>
    public static string PathOf(string path) => path + ".sha256";

    /// <summary>Checks a file's digest against its record; returns whether there is one.</summary>
    /// <exception cref="BadInputException">The file differs from the first download.</exception>
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
