using System.Diagnostics.CodeAnalysis;

namespace PipelineRobustness.Models;

/// <summary>Shapes known by name. The small ones take bytes as tokens, the others GPT-2's 50,257 pieces.</summary>
public static class Presets
{
    private static readonly (string Name, ModelConfig Config)[] Known =
    [
        ("gpt2-nano", Gpt2(layers: 12, hidden: 64, heads: 4, ByteTokenizer.Size, positions: 128)),
        ("gpt2-micro", Gpt2(layers: 12, hidden: 128, heads: 4, ByteTokenizer.Size, positions: 256)),
        ("gpt2", Gpt2(layers: 12, hidden: 768, heads: 12)),
        ("gpt2-medium", Gpt2(layers: 24, hidden: 1024, heads: 16)),
        ("gpt2-large", Gpt2(layers: 36, hidden: 1280, heads: 20)),
        ("gpt2-xl", Gpt2(layers: 48, hidden: 1600, heads: 25)),
    ];

    /// <summary>All names, smallest model first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(preset => preset.Name)];

    /// <summary>The shape of that name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out ModelConfig? config)
    {
        config = Known.FirstOrDefault(preset => preset.Name == name).Config;
        return config is not null;
    }

    private static ModelConfig Gpt2(int layers, int hidden, int heads, int vocabulary = 50257, int positions = 1024) =>
        new() { Layers = layers, Hidden = hidden, Heads = heads, VocabularySize = vocabulary, Positions = positions };
}
