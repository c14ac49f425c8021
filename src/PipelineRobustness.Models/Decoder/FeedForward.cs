using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>The position-wise network of a layer: widen, activate, narrow. If it is gated, the activation is applied to the gate.</summary>
internal sealed class FeedForward
{
    // Hugging Face has several names for one function, which differ in how they round.
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Activations = new()
    {
        ["gelu_new"] = TanhGelu,
        ["gelu_pytorch_tanh"] = TanhGelu,
        ["gelu_fast"] = TanhGelu,
        ["gelu_accurate"] = TanhGelu,
        ["gelu"] = rows => rows.gelu(),
        ["gelu_python"] = rows => rows.gelu(),
        ["relu"] = rows => rows.relu(),
        ["silu"] = rows => rows.silu(),
        ["swish"] = rows => rows.silu(),
    };

    private readonly LinearMap? _gate;
    private readonly LinearMap _widen;
    private readonly LinearMap _narrow;
    private readonly Func<Tensor, Tensor> _activate;

    public FeedForward(ParameterSet parameters, string layer, ModelConfig config, DecoderParts parts)
    {
        _gate = config.Gated ? new(parameters, $"{layer}.{parts.Gate}", parts) : null;
        _widen = new(parameters, $"{layer}.{parts.Widen}", parts);
        _narrow = new(parameters, $"{layer}.{parts.Narrow}", parts);
        _activate = Activations[config.Activation];
    }

    public static string SupportedActivations => string.Join(", ", Activations.Keys);

    public static bool Supports(string activation) => Activations.ContainsKey(activation);

    /// <param name="rows">[batch x time, hidden]</param>
    /// <returns>[batch x time, hidden], a tensor without other references.</returns>
    public Tensor Forward(Tensor rows) => _narrow.Forward(
        _gate is null ? _activate(_widen.Forward(rows)) : _activate(_gate.Forward(rows)) * _widen.Forward(rows));

    private static Tensor TanhGelu(Tensor rows) => rows.gelu(GELU.Approximate.tanh);
}
