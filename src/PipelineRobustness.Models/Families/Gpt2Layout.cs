namespace PipelineRobustness.Models;

/// <summary>GPT-2's parameters in the model's order, under Hugging Face's keys, with GPT-2's initial values.</summary>
internal static class Gpt2Layout
{
    public const string Prefix = "transformer.";
    public const string TokenEmbedding = Prefix + "wte.weight";
    public const string PositionEmbedding = Prefix + "wpe.weight";
    public const string FinalNorm = Prefix + "ln_f";
    public const string Head = "lm_head.weight";

    public static string Layer(int layer) => $"{Prefix}h.{layer}";

    public static IReadOnlyList<ParameterSpec> Of(ModelConfig config, BlockRange range)
    {
        var specs = new List<ParameterSpec>();
        long hidden = config.Hidden, vocabulary = config.VocabularySize;
        var spread = config.InitializerRange;
        if (range.HasEmbedding)
        {
            specs.Add(new(TokenEmbedding, [vocabulary, hidden], InitialValue.Normal, spread));
            specs.Add(new(PositionEmbedding, [config.Positions, hidden], InitialValue.Normal, spread));
        }
        for (var layer = range.FirstLayer; layer < range.FirstLayer + range.LayerCount; layer++)
            AddLayer(specs, config, Layer(layer));
        if (range.HasHead)
        {
            AddNorm(specs, FinalNorm, hidden);
            var tiedTo = config.TiedHead ? TokenEmbedding : null;
            specs.Add(new(Head, [vocabulary, hidden], InitialValue.Normal, spread, tiedTo));
        }
        return specs;
    }

    private static void AddLayer(List<ParameterSpec> specs, ModelConfig config, string layer)
    {
        long hidden = config.Hidden, inner = config.Inner;
        // GPT-2 starts what is added to the residual stream smaller, by the root of the number of such additions.
        var spread = config.InitializerRange;
        var residualSpread = spread / Math.Sqrt(2.0 * config.Layers);
        AddNorm(specs, $"{layer}.ln_1", hidden);
        AddConv1D(specs, $"{layer}.attn.c_attn", hidden, 3 * hidden, spread);
        AddConv1D(specs, $"{layer}.attn.c_proj", hidden, hidden, residualSpread);
        AddNorm(specs, $"{layer}.ln_2", hidden);
        AddConv1D(specs, $"{layer}.mlp.c_fc", hidden, inner, spread);
        AddConv1D(specs, $"{layer}.mlp.c_proj", inner, hidden, residualSpread);
    }

    private static void AddNorm(List<ParameterSpec> specs, string name, long width)
    {
        specs.Add(new($"{name}.weight", [width], InitialValue.Ones));
        specs.Add(new($"{name}.bias", [width], InitialValue.Zeros));
    }

    private static void AddConv1D(List<ParameterSpec> specs, string name, long inputs, long outputs, double spread)
    {
        specs.Add(new($"{name}.weight", [inputs, outputs], InitialValue.Normal, spread));
        specs.Add(new($"{name}.bias", [outputs], InitialValue.Zeros));
    }
}
