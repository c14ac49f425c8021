namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>What reading a corpus needs of the machine.</summary>
public sealed record CorpusEnvironment
{
    private const string Program = "pipeline-robustness";

    /// <summary>No cache, no network, nobody to tell.</summary>
    public static CorpusEnvironment Bare { get; } = new();

    /// <summary>
    /// Where tokens (folder tokens) and downloads (folder corpora) are kept: null keeps no tokens, and named corpora must lie
    /// in <see cref="CorpusRequest.Folder"/>.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Makes what a download speaks through; null allows none.</summary>
    public Func<HttpMessageHandler>? Network { get; init; }

    /// <summary>Gets a line every few seconds of anything that takes long.</summary>
    public IProgress<string> Progress { get; init; } = new SilentProgress();

    /// <summary>Tells the time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>As a user wants it: the cache where the system keeps such, and the network.</summary>
    public static CorpusEnvironment OfUser(IProgress<string> progress) => new()
    {
        CacheFolder = UserCache(),
        Network = () => new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(15) },
        Progress = progress,
    };

    private static string? UserCache()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathFullyQualified(cache))
            return Path.Combine(cache, Program);

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0 ? Path.Combine(home, ".cache", Program) : null;
    }
}
