using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>The position-wise part of a layer: widen, activate, narrow.</summary>
internal sealed class FeedForward(ParameterSet parameters, string name, ModelConfig config)
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Activations = new()
    {
        ["gelu_new"] = rows => rows.gelu(GELU.Approximate.tanh),
        ["gelu_pytorch_tanh"] = rows => rows.gelu(GELU.Approximate.tanh),
        ["gelu"] = rows => rows.gelu(),
        ["relu"] = rows => rows.relu(),
    };

    private readonly Conv1D _widen = new(parameters, $"{name}.c_fc");
    private readonly Conv1D _narrow = new(parameters, $"{name}.c_proj");
    private readonly Func<Tensor, Tensor> _activate = Activations[config.Activation];

    public static string KnownActivations => string.Join(", ", Activations.Keys);

    public static bool Knows(string activation) => Activations.ContainsKey(activation);

    /// <param name="rows">[batch x time, hidden]</param>
    /// <returns>[batch x time, hidden], a tensor that nothing else refers to.</returns>
    public Tensor Forward(Tensor rows) => _narrow.Forward(_activate(_widen.Forward(rows)));
}
