using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// Shapes and types of the tensors that a stage accepts (law 5). Any other tensor is replaced with NaNs of the right shape:
/// no comparison accepts them and no computation fails on them. So a stage that sends malformed tensors is detected like any
/// other lie, and stops no other stage. All tensors are moved to the device that the stage computes on.
/// </summary>
internal sealed class TensorAdmission(StageSetup setup, int last)
{
    private readonly long[] _activation = [setup.Plan.MicroBatchSize, setup.Plan.SequenceLength, setup.Plan.Model.Hidden];
    private readonly long[] _tied = [setup.Plan.Model.VocabularySize, setup.Plan.Model.EmbeddingWidth];
    private readonly long[] _loss = [];

    /// <summary>The message, with every tensor in the expected shape and type.</summary>
    public TensorSent Admit(TensorSent message)
    {
        var value = Admit(message.Value, Shape(message));
        var enclosed = message.Enclosed is null ? null : Admit(message.Enclosed, _activation);
        return ReferenceEquals(value, message.Value) && ReferenceEquals(enclosed, message.Enclosed)
            ? message
            : message with { Value = value, Enclosed = enclosed };
    }

    /// <summary>An activation, or a gradient of one, in the expected shape and type. The caller gives it away.</summary>
    public Tensor AdmitActivation(Tensor sent) => Admit(sent, _activation);

    /// <summary>A part of the tied matrix's gradient, in the expected shape and type. The caller gives it away.</summary>
    public Tensor AdmitTied(Tensor sent) => Admit(sent, _tied);

    private long[] Shape(TensorSent message) => message.Link == Link.Tied ? _tied
        : message.Direction == Direction.Forward && message.From == last ? _loss
        : _activation;

    private Tensor Admit(Tensor sent, long[] shape)
    {
        if (sent.dtype == ScalarType.Float32 && !sent.is_sparse && sent.shape.AsSpan().SequenceEqual(shape)) return setup.ToDevice(sent);
        using (sent) return empty(shape, float32, setup.Ports.Device).FillInPlace(float.NaN).DetachFromDisposeScope();
    }
}
