namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>What reading a corpus needs from its environment.</summary>
public sealed record CorpusEnvironment
{
    private const string Program = "pipeline-robustness";

    /// <summary>No cache, no network and no progress reports.</summary>
    public static CorpusEnvironment Offline { get; } = new();

    /// <summary>
    /// The folder for tokens (subfolder tokens) and downloads (subfolder corpora). If null, tokens are not cached, and
    /// named corpora must be in <see cref="CorpusRequest.Folder"/>.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Creates the HTTP handler for downloads; null disables them.</summary>
    public Func<HttpMessageHandler>? Network { get; init; }

    /// <summary>Receives a line every few seconds during long operations.</summary>
    public IProgress<string> Progress { get; init; } = new SilentProgress();

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The environment for a user: the system's cache folder, and the network.</summary>
    public static CorpusEnvironment ForUser(IProgress<string> progress) => new()
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
