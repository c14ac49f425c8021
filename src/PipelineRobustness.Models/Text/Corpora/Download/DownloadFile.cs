namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>A file to download.</summary>
/// <param name="Name">Its local name.</param>
/// <param name="Url">Its address.</param>
/// <param name="Sha256">Its published SHA-256 in lower-case hex, or null if there is none.</param>
internal sealed record DownloadFile(string Name, string Url, string? Sha256);
