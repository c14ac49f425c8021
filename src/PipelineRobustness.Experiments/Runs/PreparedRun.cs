using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>A run whose settings, model and text have been read and fit together.</summary>
/// <param name="Settings">Its settings.</param>
/// <param name="Model">The model's shape.</param>
/// <param name="ModelFolder">
/// The Hugging Face folder that it names, or null. Its weights are what the run starts with, unless it starts from another run's.
/// </param>
/// <param name="Tokenizer">What makes tokens of the text; null where the text was not asked for.</param>
/// <param name="Text">The text; null where it was not asked for.</param>
public sealed record PreparedRun(RunSettings Settings, ModelConfig Model, string? ModelFolder, RunTokenizer? Tokenizer, Corpus? Text)
{
    /// <summary>Fingerprints of its inputs; null where the text was not asked for.</summary>
    public RunInputs? Inputs { get; init; }

    /// <summary>What a user should know of the model's files: what contradicts their config.json, weights that are not finite, what is not saved.</summary>
    public IReadOnlyList<string> ModelNotes { get; init; } = [];

    /// <summary>The prompts that its final weights are asked; null where there are none.</summary>
    public RunPrompts? Prompts { get; init; }

    /// <summary>The faults in a simulation of it.</summary>
    public Scenario Scenario { get; init; } = Scenario.Quiet;

    /// <summary>The keys by which its audits were drawn before, where the same are to be made again; else null.</summary>
    public IAuditKeys? AuditKeys { get; init; }

    /// <summary>The network in a simulation of it.</summary>
    public NetworkPlan Network { get; init; } = NetworkPlan.OneRack;

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">It was not asked for.</exception>
    public Corpus Corpus => Text ?? throw new InvalidOperationException($"run {Settings.Name} was prepared without its text");
}

/// <summary>A run's tokenizer.</summary>
/// <param name="Tokenizer">What makes tokens.</param>
/// <param name="Folder">The Hugging Face folder that it was read from, or null.</param>
/// <param name="Note">What a user should know of how it was chosen, or null.</param>
public sealed record RunTokenizer(ITokenizer Tokenizer, string? Folder = null, string? Note = null);
