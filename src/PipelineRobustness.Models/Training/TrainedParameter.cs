using System.IO.Hashing;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>
/// One parameter with an AdamW of its own. TorchSharp frees what a step computes at the end of the step: an optimizer
/// for all parameters at once would take half as much memory again as the training itself.
/// </summary>
internal sealed class TrainedParameter : IDisposable
{
    private readonly AdamW _optimizer;
    private readonly AdamW.State _state;   // live: the optimizer's own

    public TrainedParameter(BlockParameter parameter, AdamWSettings settings)
    {
        Parameter = parameter;
        var (beta1, beta2, epsilon, decay) = settings;
        _optimizer = optim.AdamW([parameter.Value], lr: 0, beta1, beta2, epsilon, parameter.Decays ? decay : 0);
        _state = (AdamW.State)_optimizer.state_dict().State.Single();
    }

    public BlockParameter Parameter { get; }

    public Tensor[] LiveState => [Parameter.Value, _state.exp_avg, _state.exp_avg_sq];

    /// <summary>Every read of a gradient makes a wrapper, which the caller disposes of.</summary>
    private Tensor? Gradient => Parameter.Value.grad;

    /// <summary>0 for a tied head, which is counted at the embedding, and without gradient.</summary>
    public double SquaredNorm()
    {
        using var gradient = Parameter.TiedTo is null ? Gradient : null;
        return gradient is null ? 0 : SumOfSquares.Of(gradient);
    }

    public void Step(double learningRate, Func<BlockParameter, double> coefficient)
    {
        using (var gradient = Gradient)
        {
            if (gradient is null)
                return;
            var factor = (float)coefficient(Parameter);
            if (factor != 1)
                gradient.mul_(factor);
        }
        foreach (var group in _optimizer.ParamGroups)
            group.LearningRate = learningRate;
        _optimizer.step();
        ClearGradient();
    }

    public void ClearGradient() => Parameter.Value.grad = null;

    public void AppendGradient(XxHash128 digest)
    {
        using var gradient = Gradient;
        TensorBytes.Append(digest, gradient is null ? 0 : 1);
        if (gradient is not null)
            TensorBytes.Append(digest, gradient);
    }

    public void AppendState(XxHash128 digest)
    {
        TensorBytes.Append(digest, Parameter.Value);
        TensorBytes.Append(digest, _state.exp_avg);
        TensorBytes.Append(digest, _state.exp_avg_sq);
        TensorBytes.Append(digest, _state.step);
    }

    public ParameterState Capture() => new(
        Parameter.Name,
        Parameter.TiedTo is not null,
        TensorBytes.Copy(Parameter.Value),
        TensorBytes.Copy(_state.exp_avg),
        TensorBytes.Copy(_state.exp_avg_sq),
        _state.step);

    public bool Fits(ParameterState state)
    {
        var shape = Parameter.Value.shape;
        return state.Weight.shape.SequenceEqual(shape)
            && state.FirstMoment.shape.SequenceEqual(shape)
            && state.SecondMoment.shape.SequenceEqual(shape);
    }

    /// <summary>In place, and not by load_state_dict, which inside a dispose scope leaves the optimizer with dead tensors.</summary>
    public void Restore(ParameterState state)
    {
        using var noGrad = no_grad();
        Parameter.Value.copy_(state.Weight);
        _state.exp_avg.copy_(state.FirstMoment);
        _state.exp_avg_sq.copy_(state.SecondMoment);
        _state.step = state.Steps;
        ClearGradient();
    }

    public void Dispose() => _optimizer.Dispose();
}
