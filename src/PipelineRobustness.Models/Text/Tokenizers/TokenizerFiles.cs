using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>The files in a tokenizer's folder, with a digest of those that are read.</summary>
internal sealed class TokenizerFiles(string folder) : IDisposable
{
    private const long BytesMax = 100L << 20;

    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The folder.</summary>
    public string Folder => folder;

    /// <summary>SHA-256 over the names and texts of all files read and over the settings, in hexadecimal.</summary>
    public string Digest(string settings)
    {
        Add(settings);
        return Convert.ToHexStringLower(_digest.GetCurrentHash());
    }

    /// <summary>A file's path.</summary>
    public string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>Whether the file exists, or is a link to nothing, which reading it reports.</summary>
    public bool Has(string name) => UserFile.IsThere(PathOf(name));

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="BadInputException">The file is absent, unreadable, over 100 MiB or not UTF-8.</exception>
    public string Text(string name)
    {
        var text = UserFile.ReadText(PathOf(name), BytesMax);
        Add(name);
        Add(text);
        return text;
    }

    /// <summary>Reads a file's JSON object.</summary>
    /// <exception cref="BadInputException">As for <see cref="Text"/>, or it is not a JSON object.</exception>
    public JsonInput Json(string name) => JsonInput.Parse(Text(name), PathOf(name));

    /// <summary>Like <see cref="Json"/>; null if the file does not exist.</summary>
    public JsonInput? OptionalJson(string name) => Has(name) ? Json(name) : null;

    /// <summary>Like <see cref="Json"/>, but not included in the digest: only the fields used are, as settings.</summary>
    public JsonInput JsonWithoutDigest(string name) => JsonInput.Parse(UserFile.ReadText(PathOf(name), BytesMax), PathOf(name));

    /// <inheritdoc />
    public void Dispose() => _digest.Dispose();

    private void Add(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _digest.AppendData(BitConverter.GetBytes(bytes.LongLength));
        _digest.AppendData(bytes);
    }
}
