using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// Fingerprints of a run's inputs: two runs are the same only if these agree as well as the settings. Where the inputs come from does not
/// matter.
/// </summary>
/// <param name="Tokens">XXH128 of the training and the evaluation tokens: so of text, reading and tokenizer at once.</param>
/// <param name="Weights">SHA-256 of the weights that it starts from; null where weights are drawn, or another run's.</param>
/// <param name="Model">The model's shape, as far as it decides numbers: JSON with a field each.</param>
/// <param name="Prompts">SHA-256 of the prompts that its final weights are asked; null for none.</param>
public sealed record RunInputs(string Tokens, string? Weights, string Model, string? Prompts = null)
{
    private const int PieceTokens = 1 << 16;

    private static readonly JsonSerializerOptions Fields = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The fingerprint of a text's tokens.</summary>
    public static string Of(Corpus text)
    {
        var digest = new XxHash128();
        Append(digest, text.Train);
        Append(digest, text.Validation);
        return Convert.ToHexStringLower(digest.GetCurrentHash());
    }

    /// <summary>The shape of a model, as JSON.</summary>
    /// <param name="model">The model.</param>
    /// <param name="isDrawn">Whether its weights are drawn; else how they would be is left out.</param>
    public static string Of(ModelConfig model, bool isDrawn)
    {
        var shape = JsonSerializer.SerializeToNode(model, Fields)!.AsObject();
        // They are not applied.
        shape.Remove(Name(nameof(ModelConfig.DropoutsNotApplied)));
        if (!isDrawn) shape.Remove(Name(nameof(ModelConfig.InitializerRange)));
        // With what its own kind adds.
        shape[Name(nameof(ModelConfig.RotaryScaling))] = JsonSerializer.SerializeToNode<object?>(model.RotaryScaling, Fields);
        return shape.ToJsonString();
    }

    private static string Name(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    private static void Append(XxHash128 digest, TokenSequence tokens)
    {
        digest.Append(BitConverter.GetBytes(tokens.Length));
        var piece = new int[PieceTokens];
        for (var at = 0L; at < tokens.Length; at += PieceTokens)
        {
            var part = piece.AsSpan(0, (int)Math.Min(PieceTokens, tokens.Length - at));
            tokens.Read(at, part);
            digest.Append(MemoryMarshal.AsBytes(part));
        }
    }
}
