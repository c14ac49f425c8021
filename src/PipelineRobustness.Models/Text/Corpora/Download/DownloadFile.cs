namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>A file to download.</summary>
/// <param name="Name">What it is called here.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Sha256">Its published SHA-256 in lower-case hex, or null where none is known.</param>
internal sealed record DownloadFile(string Name, string Url, string? Sha256);
