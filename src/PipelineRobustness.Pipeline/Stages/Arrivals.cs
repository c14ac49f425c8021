using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// Shapes and types of what may come to a stage (law 5). A tensor of another kind says nothing: not-a-numbers of the right
/// shape take its place. No comparison holds them for an honest value, and no work chokes on them, so that a stage that
/// sends nonsense is found out as any other that lies, and ends nobody else. All of it on the device that the stage computes on.
/// </summary>
internal sealed class Arrivals(StageSetup setup, int last)
{
    private readonly long[] _activation = [setup.Plan.MicroBatchSize, setup.Plan.SequenceLength, setup.Plan.Model.Hidden];
    private readonly long[] _tied = [setup.Plan.Model.VocabularySize, setup.Plan.Model.EmbeddingWidth];
    private readonly long[] _loss = [];

    /// <summary>The message with every tensor of the shape and type that its place asks for.</summary>
    public TensorSent Admit(TensorSent message)
    {
        var value = Admit(message.Value, Shape(message));
        var enclosed = message.Enclosed is null ? null : Admit(message.Enclosed, _activation);
        return ReferenceEquals(value, message.Value) && ReferenceEquals(enclosed, message.Enclosed)
            ? message
            : message with { Value = value, Enclosed = enclosed };
    }

    private long[] Shape(TensorSent message) => message.Link == Link.Tied ? _tied
        : message.Direction == Direction.Forward && message.From == last ? _loss
        : _activation;

    private Tensor Admit(Tensor sent, long[] shape)
    {
        if (sent.dtype == ScalarType.Float32 && !sent.is_sparse && sent.shape.AsSpan().SequenceEqual(shape)) return setup.ToDevice(sent);
        using (sent) return empty(shape, float32, setup.Ports.Device).FillInPlace(float.NaN).DetachFromDisposeScope();
    }
}
