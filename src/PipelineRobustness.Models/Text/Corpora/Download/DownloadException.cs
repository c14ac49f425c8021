namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>A download failed; the message gives the reason.</summary>
internal sealed class DownloadException(string message, Exception? inner = null) : Exception(message, inner);
