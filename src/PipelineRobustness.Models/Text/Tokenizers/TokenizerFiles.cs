using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>The files of a tokenizer's folder; what is read goes into a digest.</summary>
internal sealed class TokenizerFiles(string folder) : IDisposable
{
    private const long BytesMax = 100L << 20;

    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The folder, as it was named.</summary>
    public string Folder => folder;

    /// <summary>SHA-256 over the names and texts of all that was read, and over the settings, in hexadecimal.</summary>
    public string Digest(string settings)
    {
        Add(settings);
        return Convert.ToHexStringLower(_digest.GetCurrentHash());
    }

    /// <summary>A file's path.</summary>
    public string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>Whether there is such a file.</summary>
    public bool Has(string name) => File.Exists(PathOf(name));

    /// <summary>A file's text.</summary>
    /// <exception cref="BadInputException">Absent, unreadable, over 100 MiB, not UTF-8.</exception>
    public string Text(string name)
    {
        var text = UserFile.ReadText(PathOf(name), BytesMax);
        Add(name);
        Add(text);
        return text;
    }

    /// <summary>A file's JSON object.</summary>
    /// <exception cref="BadInputException">As above, or not a JSON object.</exception>
    public JsonPlace Json(string name) => JsonPlace.OfFile(PathOf(name), Text(name));

    /// <summary>As <see cref="Json"/>, or null where there is no such file.</summary>
    public JsonPlace? JsonIfThere(string name) => Has(name) ? Json(name) : null;

    /// <summary>As <see cref="Json"/>, without counting in the digest: of the file only what is used decides.</summary>
    public JsonPlace JsonAside(string name) => JsonPlace.OfFile(PathOf(name), UserFile.ReadText(PathOf(name), BytesMax));

    /// <inheritdoc />
    public void Dispose() => _digest.Dispose();

    private void Add(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _digest.AppendData(BitConverter.GetBytes(bytes.LongLength));
        _digest.AppendData(bytes);
    }
}
