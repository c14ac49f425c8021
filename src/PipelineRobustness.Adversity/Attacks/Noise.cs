using static TorchSharp.torch;

namespace PipelineRobustness.Adversity;

/// <summary>Noise where the honest value was.</summary>
internal static class Noise
{
    /// <summary><paramref name="noise"/> on the device and of the type of <paramref name="honest"/>, outside of every scope.</summary>
    public static Tensor Like(Tensor honest, Tensor noise)
    {
        var moved = noise.to(honest.dtype).to(honest.device);
        if (!ReferenceEquals(moved, noise)) noise.Dispose();
        return moved.DetachFromDisposeScope();
    }
}
