using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Stages;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>On what stages compute.</summary>
public sealed class ComputeDeviceSpecs
{
    [Fact]
    public void The_CPU_is_always_available()
    {
        Assert.Equal(DeviceType.CPU, ComputeDevice.Of("cpu").type);
    }

    [Fact]
    public void A_missing_GPU_is_bad_input()
    {
        var e = Assert.Throws<BadInputException>(() => ComputeDevice.Of("cuda:99"));
        Assert.StartsWith("cluster.device: expected cpu", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("found cuda:99", e.Message, StringComparison.Ordinal);
    }

    // torch's device for shapes alone stands in for a card.
    [Fact]
    public void A_tensor_for_a_stage_moves_to_its_device_and_the_original_is_freed()
    {
        var here = Setup(CPU);
        var there = Setup(META);
        var tensor = zeros(2).DetachFromDisposeScope();
        Assert.Same(tensor, here.ToDevice(tensor));
        using var moved = there.ToDevice(tensor);
        Assert.Equal(DeviceType.META, moved.device_type);
        Assert.True(tensor.IsInvalid);
        Assert.Same(moved, there.ToDevice(moved));
    }

    private static StageSetup Setup(Device device)
    {
        var rig = new Rig();
        return new StageSetup(rig.Spec(new RunPorts { Device = device }));
    }
}
