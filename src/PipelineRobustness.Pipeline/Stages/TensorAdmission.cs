using System.Runtime.InteropServices;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// Shapes and types of the tensors that a stage accepts (law 5). Any other tensor is replaced with NaNs of the right shape:
/// no comparison accepts them and no computation fails on them. So a stage that sends malformed tensors is detected like any
/// other lie, and stops no other stage. All tensors are moved to the device that the stage computes on.
/// </summary>
/// <param name="plan">The run.</param>
/// <param name="device">The device.</param>
internal sealed class TensorAdmission(RunPlan plan, Device device)
{
    private readonly long[] _activation = [plan.MicroBatchSize, plan.SequenceLength, plan.Model.Hidden];
    private readonly long[] _tied = [plan.Model.VocabularySize, plan.Model.EmbeddingWidth];
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

    /// <summary>An activation of an evaluation, whose last micro-batches may be smaller. The caller gives it away.</summary>
    public Tensor AdmitActivation(Tensor sent, MicroBatchShape shape) => Admit(sent, [shape.Windows, shape.Time, plan.Model.Hidden]);

    /// <summary>A part of the tied matrix's gradient, in the expected shape and type. The caller gives it away.</summary>
    public Tensor AdmitTied(Tensor sent) => Admit(sent, _tied);

    private long[] Shape(TensorSent message) => message.Link == Link.Tied ? _tied
        : message.Direction == Direction.Forward && message.From == plan.Stages - 1 ? _loss
        : _activation;

    private Tensor Admit(Tensor sent, long[] shape)
    {
        if (sent.dtype == ScalarType.Float32 && sent.HasBytes() && sent.shape.AsSpan().SequenceEqual(shape)) return InOrder(sent.MovedTo(device));
        using (sent) return empty(shape, float32, device).FillInPlace(float.NaN).DetachFromDisposeScope();
    }

    // Torch adds up in the order in which elements lie in memory: two stages that were sent the same values would come to other bits.
    private static Tensor InOrder(Tensor sent)
    {
        if (sent.IsInOrder() && FitsIntoGraph(sent)) return sent;
        using var scope = NewDisposeScope();
        using (sent) return sent.InOrder().clone().DetachFromDisposeScope();
    }

    // Backward fails on one that was made in inference mode, and would go on into the sender's graph. Torch tells the first only when tried.
    private static bool FitsIntoGraph(Tensor sent)
    {
        if (sent.requires_grad) return false;
        using var leaf = sent.detach();
        try
        {
            leaf.requires_grad = true;
            return true;
        }
        catch (ExternalException)
        {
            return false;
        }
    }
}
