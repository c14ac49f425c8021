using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>Moves tensors between devices.</summary>
internal static class DeviceTensors
{
    /// <summary>The tensor on a device; the caller gives it away.</summary>
    public static Tensor MovedTo(this Tensor tensor, Device device)
    {
        // If no index was requested, the tensor's device may have one or not.
        var its = tensor.device;
        if (its.type == device.type && (device.index < 0 || its.index == device.index)) return tensor;
        using (tensor) return tensor.to(device).DetachFromDisposeScope();
    }
}
