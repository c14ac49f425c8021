using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text.Prompts;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>The likeliest continuation is that of greedy decoding.</summary>
public sealed class PromptEvaluationSpecs
{
    private static readonly ModelConfig Model = new() { Layers = 2, Hidden = 8, Heads = 2, VocabularySize = 11, Positions = 12 };

    private static readonly SeededWeights Weights = new(Model, 5);

    [Fact]
    public void The_expected_continuation_is_what_greedy_decoding_gives()
    {
        int[] prompt = [1, 2, 3];
        var decoded = Greedy(prompt, 4);
        int[] other = [.. decoded[..^1], (decoded[^1] + 1) % 11];
        var shares = PromptEvaluation.Shares(
            Model, Weights, [Of("late", [.. prompt, .. other]), Of("right", [.. prompt, .. decoded]), Of("late", [.. prompt, .. decoded])]);
        Assert.Equal([new("late", 1, 2), new PromptShare("right", 1, 1)], shares);
        Assert.Equal([0.5, 1], shares.Select(share => share.Share));

        EncodedPrompt Of(string set, int[] tokens) => new(set, tokens, prompt.Length);
    }

    private static int[] Greedy(int[] prompt, int count)
    {
        using var block = new Block(Model, BlockRange.Whole(Model), Weights);
        var tokens = prompt.Select(token => (long)token).ToList();
        while (tokens.Count < prompt.Length + count)
        {
            using var scope = NewDisposeScope();
            tokens.Add(block.Forward(tensor(tokens.ToArray()).unsqueeze(0))[0, tokens.Count - 1].argmax().item<long>());
        }

        return [.. tokens.Skip(prompt.Length).Select(token => (int)token)];
    }
}
