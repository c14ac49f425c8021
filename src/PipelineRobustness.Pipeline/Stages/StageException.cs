namespace PipelineRobustness.Pipeline.Stages;

/// <summary>A stage could not do its work; the message names the step.</summary>
internal sealed class StageException(string message, Exception? inner = null) : Exception(message, inner);
