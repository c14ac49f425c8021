namespace PipelineRobustness.Models.Text.Corpora.Cache;

/// <summary>A cache of tokenised texts, one file per key.</summary>
/// <param name="folder">The folder of the files; null disables the cache.</param>
/// <param name="note">Receives a one-line note when the cache cannot be used.</param>
internal sealed class TokenCache(string? folder, Action<string> note)
{
    private const string Ending = ".tokens";

    // Threads of one process would write to the same temporary file.
    private static readonly Lock Writing = new();

    /// <summary>Gets the tokens for a key from the cache, or creates them with <paramref name="encode"/> and stores them.</summary>
    /// <param name="key">SHA-256 over everything that determines the tokens.</param>
    /// <param name="encode">Creates the tokens and returns the number of unknown ones; may be called twice.</param>
    public EncodedText Get(byte[] key, Func<ITokenSink, long> encode)
    {
        if (folder is null) return InMemory(encode);

        var path = Path.Combine(folder, Convert.ToHexStringLower(key) + Ending);
        lock (Writing)
            return TokenFile.TryOpen(path, key) ?? Write(path, key, encode);
    }

    /// <summary>Creates the tokens in memory.</summary>
    public static EncodedText InMemory(Func<ITokenSink, long> encode)
    {
        var tokens = new MemoryTokens();
        var unknown = encode(tokens);
        return new EncodedText(tokens.Sequence(), unknown);
    }

    private EncodedText Write(string path, byte[] key, Func<ITokenSink, long> encode)
    {
        var reason = "it could not be read back";
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

        // If writing failed, another process may have written the same file in the meantime.
        if (TokenFile.TryOpen(path, key) is { } written) return written;

        note($"tokens are not cached, since {folder} cannot be used: {reason}".ReplaceLineEndings(" "));
        return InMemory(encode);
    }

    /// <summary>
    /// Deletes temporary files of processes that died while writing the same tokens; a process that is still writing
    /// holds its file open.
    /// </summary>
    private static void RemoveLeftovers(string path)
    {
        foreach (var leftover in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + ".*.tmp"))
        {
            try
            {
                using (new FileStream(leftover, FileMode.Open, FileAccess.Write, FileShare.None))
                    File.Delete(leftover);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
    }
}
