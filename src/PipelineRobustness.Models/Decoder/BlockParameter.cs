using PipelineRobustness.Models.Training;
using TorchSharp.Modules;

namespace PipelineRobustness.Models.Decoder;

/// <summary>One trained parameter of a block.</summary>
/// <param name="Name">Hugging Face's key, such as <c>transformer.h.3.attn.c_attn.weight</c>; the head is <c>lm_head.weight</c>.</param>
/// <param name="Value">float32; a leaf that collects its gradient in <c>grad</c>.</param>
/// <param name="Decays">Whether weight decay applies; it does not for biases and norms.</param>
/// <param name="TiedTo">
/// For a tied head, the name of the embedding whose values it shares; otherwise null. The head is a separate tensor
/// with its own gradient; <see cref="BlockTrainer.CombineTied"/> keeps the two equal.
/// </param>
public sealed record BlockParameter(string Name, Parameter Value, bool Decays, string? TiedTo);
