namespace PipelineRobustness.Pipeline.Stages;

/// <summary>A stage could not do its work; says at what.</summary>
internal sealed class StageException(string message, Exception? inner = null) : Exception(message, inner);
