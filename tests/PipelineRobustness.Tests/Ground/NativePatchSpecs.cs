using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Ground;

public sealed class NativePatchSpecs
{
    [Fact]
    public void The_patched_library_loads()
    {
        using var twos = ones(2).sum();
        Assert.Equal(2f, twos.item<float>());
    }
}
