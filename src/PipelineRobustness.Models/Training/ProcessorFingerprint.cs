using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// What this processor, with this version of libtorch, gives for a model: XXH128 over everything that one step of one of its layers
/// comes to. Where two fingerprints differ, values that are worked here and there differ in their last bits, and cannot be held against
/// each other byte by byte.
/// </summary>
public static class ProcessorFingerprint
{
    // A word of a real vocabulary takes as long as many layers, and its operations are those of a small one.
    private const int VocabularyMost = 64;

    private const ulong Seed = 0;

    private static readonly AdamWSettings Settings = new(Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01);

    /// <summary>The fingerprint, with the calling thread's number of intra-op threads.</summary>
    /// <param name="model">The model. Of it there is one layer with embedding and head, over a small vocabulary.</param>
    /// <param name="batch">Sequences in a micro-batch.</param>
    /// <param name="time">Tokens in a sequence.</param>
    /// <param name="device">The device to compute on; null for the CPU.</param>
    public static UInt128 Of(ModelConfig model, int batch, int time, Device? device = null)
    {
        var config = model with { Layers = 1, VocabularySize = Math.Min(model.VocabularySize, VocabularyMost) };
        using var scope = NewDisposeScope();
        using var digest = RunningDigest.Of(StateHash.Xxh128);
        using var trainer = new BlockTrainer(
            new Block(config, BlockRange.Whole(config), new SeededWeights(config, Seed), device), Settings);
        var logits = trainer.Block.Forward(Tokens("inputs"));
        var loss = CrossEntropy.Mean(logits, Tokens("targets"));
        loss.backward();
        digest.Append(logits.detach());
        digest.Append(loss.detach());
        trainer.CombineTied(null);
        Append(trainer.GradientDigest());
        foreach (var norm in trainer.SquaredNorms()) digest.Append(BitConverter.DoubleToInt64Bits(norm));
        trainer.Step(1e-3, 1);
        Append(trainer.StateDigest());
        return digest.End();

        void Append(UInt128 part)
        {
            digest.Append((long)(ulong)part);
            digest.Append((long)(ulong)(part >> 64));
        }

        Tensor Tokens(string purpose)
        {
            var tokens = Enumerable.Range(0, batch * time)
                .Select(place => (long)SeededRandom.Below(SeededRandom.Key(Seed, purpose, place), config.VocabularySize)).ToArray();
            return tensor(tokens, device: device).view(batch, time);
        }
    }
}
