using PipelineRobustness.Models.Randomness;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>Noise where the honest value was.</summary>
internal static class Noise
{
    /// <summary>Noise of N(0, 1) in place of <paramref name="honest"/>, outside of every scope.</summary>
    public static Tensor Like(Tensor honest, ulong key) => Like(honest, SeededRandom.Normal(key, honest.shape));

    /// <summary><paramref name="noise"/> on the device and of the type of <paramref name="honest"/>, outside of every scope.</summary>
    public static Tensor Like(Tensor honest, Tensor noise)
    {
        if (noise.dtype == honest.dtype && noise.device.Equals(honest.device)) return noise.DetachFromDisposeScope();
        using (noise) return noise.to(honest.dtype, honest.device).DetachFromDisposeScope();
    }
}
