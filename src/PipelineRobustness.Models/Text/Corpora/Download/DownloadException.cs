namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>A download did not come to its end; the message is why.</summary>
internal sealed class DownloadException(string message, Exception? inner = null) : Exception(message, inner);
