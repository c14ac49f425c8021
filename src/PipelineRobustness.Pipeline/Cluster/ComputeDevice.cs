using System.Globalization;
using PipelineRobustness.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>The devices that stages can compute on.</summary>
public static class ComputeDevice
{
    /// <summary>The device with this name.</summary>
    /// <param name="name"><c>cpu</c>, or <c>cuda:N</c>.</param>
    /// <exception cref="BadInputException">This machine, or this build, has no such device.</exception>
    public static Device Of(string name)
    {
        if (name == CPU.ToString()) return CPU;
        var found = cuda.is_available() ? cuda.device_count() : 0;
        var wanted = int.Parse(name.AsSpan(name.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);
        return wanted < found ? device(DeviceType.CUDA, wanted) : throw new BadInputException(
            $"cluster.device: expected cpu{(found == 0 ? ", since no CUDA device can be used here" : $" or cuda:0 to cuda:{found - 1}")}, found {name}");
    }
}
