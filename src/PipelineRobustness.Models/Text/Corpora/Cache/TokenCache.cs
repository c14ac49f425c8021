namespace PipelineRobustness.Models.Text.Corpora.Cache;

/// <summary>Texts that were tokenised before, each a file under its key.</summary>
/// <param name="folder">Where the files lie; null keeps none.</param>
/// <param name="note">Is told, in a line, when the cache cannot be used.</param>
internal sealed class TokenCache(string? folder, Action<string> note)
{
    private const string Ending = ".tokens";

    // Threads of one process would write to the same temporary file.
    private static readonly Lock Writing = new();

    /// <summary>The tokens of a key: those that are kept, else what <paramref name="encode"/> makes, which are then kept.</summary>
    /// <param name="key">SHA-256 of what the tokens are made from.</param>
    /// <param name="encode">Makes the tokens and returns how many are unknown; may be called twice.</param>
    public EncodedText Get(byte[] key, Func<ITokenSink, long> encode)
    {
        if (folder is null) return InMemory(encode);

        var path = Path.Combine(folder, Convert.ToHexStringLower(key) + Ending);
        lock (Writing)
            return TokenFile.TryOpen(path, key) ?? Write(path, key, encode);
    }

    /// <summary>Makes the tokens in memory.</summary>
    public static EncodedText InMemory(Func<ITokenSink, long> encode)
    {
        var tokens = new MemoryTokens();
        var unknown = encode(tokens);
        return new EncodedText(tokens.Sequence(), unknown);
    }

    private EncodedText Write(string path, byte[] key, Func<ITokenSink, long> encode)
    {
        var reason = "it could not be read again";
        try
        {
            Directory.CreateDirectory(folder!);
            TokenFile.Write(path, key, encode);
            RemoveLeftovers(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reason = e.Message;
        }

        // Where writing failed, another process may have written the same meanwhile.
        if (TokenFile.TryOpen(path, key) is { } written) return written;

        note($"tokens are not kept for the next time, since {folder} cannot be used: {reason}".ReplaceLineEndings(" "));
        return InMemory(encode);
    }

    /// <summary>What processes that died while writing the same tokens have left; one that still writes holds its file.</summary>
    private static void RemoveLeftovers(string path)
    {
        foreach (var left in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + ".*.tmp"))
        {
            try
            {
                using (new FileStream(left, FileMode.Open, FileAccess.Write, FileShare.None))
                    File.Delete(left);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
    }
}
