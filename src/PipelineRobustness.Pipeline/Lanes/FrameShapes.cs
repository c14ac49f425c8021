using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Types, shapes and sizes of the tensors in a run's frames.</summary>
internal sealed class FrameShapes(RunPlan plan)
{
    private readonly IReadOnlyList<BlockRange> _cut = Cut.Balanced(plan.Model, plan.Stages);

    /// <summary>An activation, or a gradient of one: [batch, time, hidden].</summary>
    public long[] Activation { get; } = [plan.MicroBatchSize, plan.SequenceLength, plan.Model.Hidden];

    /// <summary>A gradient of the tied matrix: [vocabulary, hidden].</summary>
    public long[] Tied { get; } = [plan.Model.VocabularySize, plan.Model.EmbeddingWidth];

    public BlockRange Range(int block) => _cut[block];

    public IReadOnlyList<ParameterShape> Parameters(int block) => ParameterShape.Of(plan.Model, _cut[block]);

    /// <summary>The rule that a tensor breaks that must have this shape; null for none.</summary>
    public static string? FaultOf(FrameTensor tensor, IReadOnlyList<long> shape)
    {
        if (tensor.Type != ScalarType.Float32) return $"a tensor is of type {ScalarType.Float32}, not {tensor.Type}";
        if (!tensor.Shape.SequenceEqual(shape)) return $"a tensor has the shape {Text(shape)}, not {Text(tensor.Shape)}";
        var bytes = shape.Aggregate((long)sizeof(float), (product, size) => checked(product * size));
        return tensor.Bytes == bytes ? null : $"a tensor of shape {Text(shape)} has {bytes} bytes, not {tensor.Bytes}";
    }

    /// <summary>The rule that the only tensor of a frame breaks; null for none.</summary>
    public static string? FaultOfOne(FrameHeader header, IReadOnlyList<long> shape) =>
        header.Tensors[0].Steps != 0 ? "a tensor has no step count" : FaultOf(header.Tensors[0], shape);

    /// <summary>The rule that a frame with a block's state breaks; null for none.</summary>
    public string? FaultOfState(FrameHeader header)
    {
        var parameters = Parameters(header.Block);
        if (header.Tensors.Length != parameters.Count)
            return $"block {header.Block} has {parameters.Count} parameters, not {header.Tensors.Length}";
        for (var i = 0; i < parameters.Count; i++)
        {
            if (FaultOf(header.Tensors[i], parameters[i].Dimensions) is { } fault) return $"{parameters[i].Name}: {fault}";
            if (header.Tensors[i].Steps < 0) return $"{parameters[i].Name}: steps are counted from 0";
        }

        return null;
    }

    public static string? Within(int number, int end, string what) =>
        number >= 0 && number < end ? null : $"{what} is from 0 to {end - 1}, not {number}";

    public static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
