using System.IO.Compression;

namespace PipelineRobustness.Tests.Models;

internal static class Gzip
{
    /// <summary>Bytes as one member of a gzip file.</summary>
    public static byte[] Of(ReadOnlySpan<byte> content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionMode.Compress))
            gzip.Write(content);
        return bytes.ToArray();
    }
}
