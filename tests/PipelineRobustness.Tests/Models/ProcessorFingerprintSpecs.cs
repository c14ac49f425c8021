using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>What a processor gives for a model, in 128 bits.</summary>
public sealed class ProcessorFingerprintSpecs
{
    public static TheoryData<string> Presets => ["gpt2-nano", "opt-mini", "bloom-mini", "llama-mini"];

    [Theory, MemberData(nameof(Presets))]
    public void A_processor_gives_the_same_each_time(string preset)
    {
        var before = LiveTensors.Count;
        Assert.Equal(Of(preset), Of(preset));
        Assert.InRange(LiveTensors.Count, long.MinValue, before);
    }

    /// <summary>The only other processor that a test has: sums are split among threads, and so rounded otherwise.</summary>
    [Fact]
    public void Bits_that_differ_have_another_fingerprint()
    {
        var one = OnThreads(1);
        Assert.NotEqual(one, OnThreads(2));
        Assert.Equal(one, OnThreads(1));
    }

    [Fact]
    public void Each_shape_has_a_fingerprint_of_its_own()
    {
        UInt128[] all = [Of("gpt2-nano"), Of("gpt2-nano", batch: 3), Of("gpt2-nano", time: 17), Of("gpt2-mini"), Of("opt-mini"), Of("gpt2-micro")];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    /// <summary>Neither takes much longer, nor another operation.</summary>
    [Fact]
    public void The_number_of_layers_and_of_words_does_not_matter()
    {
        var model = Shape("gpt2-nano");
        Assert.Equal(
            ProcessorFingerprint.Of(model, 2, 16), ProcessorFingerprint.Of(model with { Layers = 3, VocabularySize = 50_000 }, 2, 16));
    }

    private static UInt128 OnThreads(int threads)
    {
        var found = default(UInt128);
        var thread = new Thread(() =>
        {
            set_num_threads(threads);
            found = Of("gpt2-nano", batch: 8, time: 64);
        });
        thread.Start();
        thread.Join();
        return found;
    }

    private static UInt128 Of(string preset, int batch = 2, int time = 16) => ProcessorFingerprint.Of(Shape(preset), batch, time);

    private static ModelConfig Shape(string preset)
    {
        Assert.True(PipelineRobustness.Models.Shape.Presets.TryGet(preset, out var model));
        return model;
    }
}
