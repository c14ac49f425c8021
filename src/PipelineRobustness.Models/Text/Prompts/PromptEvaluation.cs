using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Text.Prompts;

/// <summary>Asks a model prompts, by a plain forward pass over the whole of it.</summary>
public static class PromptEvaluation
{
    /// <summary>
    /// The share of each set's prompts whose likeliest continuation is the expected one: of each expected token in turn, given those before
    /// it, no other is likelier, so that greedy decoding gives them all.
    /// </summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="prompts">The prompts.</param>
    /// <returns>The sets in the order of their first prompts.</returns>
    public static IReadOnlyList<PromptShare> Shares(ModelConfig config, IWeightSource weights, IReadOnlyList<EncodedPrompt> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        using var block = new Block(config, BlockRange.Whole(config), weights);
        return
        [
            .. prompts.GroupBy(prompt => prompt.Set)
                .Select(set => new PromptShare(set.Key, set.Count(prompt => IsExpected(block, prompt)), set.Count())),
        ];
    }

    private static bool IsExpected(Block block, EncodedPrompt prompt)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long[] tokens = [.. prompt.Tokens];
        var expected = tokens[prompt.ExpectedFrom..];
        var logits = block.Forward(tensor(tokens[..^1]).unsqueeze(0));
        // Position t gives what follows it.
        var likeliest = logits.argmax(-1).view(-1).narrow(0, prompt.ExpectedFrom - 1, expected.Length);
        return likeliest.data<long>().ToArray().AsSpan().SequenceEqual(expected);
    }
}
