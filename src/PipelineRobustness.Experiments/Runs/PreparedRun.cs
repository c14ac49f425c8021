using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>A run whose settings, model and text have been read and fit together.</summary>
/// <param name="Settings">What it is told.</param>
/// <param name="Model">The model's shape.</param>
/// <param name="ModelFolder">The Hugging Face folder with the weights to start from; null where they are drawn, or the parent's.</param>
/// <param name="Corpus">The text.</param>
public sealed record PreparedRun(RunSettings Settings, ModelConfig Model, string? ModelFolder, Corpus Corpus);
