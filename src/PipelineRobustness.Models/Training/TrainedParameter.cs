using PipelineRobustness.Models.Decoder;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>A parameter and its AdamW state.</summary>
internal sealed class TrainedParameter : IDisposable
{
    private readonly AdamWState _state;

    public TrainedParameter(BlockParameter parameter, AdamWSettings settings)
    {
        Parameter = parameter;
        _state = new AdamWState(parameter.Value, settings, parameter.Decays);
    }

    public BlockParameter Parameter { get; }

    public Tensor[] LiveState => [Parameter.Value, _state.First, _state.Second];

    /// <summary>Every read creates a wrapper that the caller disposes of.</summary>
    private Tensor? Gradient => Parameter.Value.grad;

    /// <summary>0 without a gradient and for a tied head, whose embedding is counted.</summary>
    public double SquaredNorm()
    {
        using var gradient = Parameter.TiedTo is null ? Gradient : null;
        return gradient is null ? 0 : SumOfSquares.Of(gradient);
    }

    public void Step(double learningRate, Func<BlockParameter, double> coefficient)
    {
        using (var gradient = Gradient)
        {
            if (gradient is null) return;
            var factor = (float)coefficient(Parameter);
            if (factor != 1)
                gradient.TimesInPlace(factor);
            _state.Step(Parameter.Value, gradient, learningRate);
        }
        ClearGradient();
    }

    public void ClearGradient() => Parameter.Value.grad = null;

    public void AppendGradient(RunningDigest digest)
    {
        using var gradient = Gradient;
        digest.Append(gradient is null ? 0L : 1L);
        if (gradient is not null)
            digest.Append(gradient);
    }

    public void AppendState(RunningDigest digest) =>
        ParameterState.Append(digest, Parameter.Value, _state.First, _state.Second, _state.Steps);

    public string? NotFinite() => ParameterState.NotFinite(Parameter.Name, Parameter.Value, _state.First, _state.Second);

    public ParameterState Capture() => StateOf(TensorBytes.Copy);

    public ParameterState DetachState() => StateOf(tensor => tensor.detach().DetachFromDisposeScope());

    public bool Fits(ParameterState state)
    {
        var shape = Parameter.Value.shape;
        return state.Weight.shape.SequenceEqual(shape)
            && state.FirstMoment.shape.SequenceEqual(shape)
            && state.SecondMoment.shape.SequenceEqual(shape);
    }

    /// <summary>Writes in place, so that references to the live state stay valid.</summary>
    public void Restore(ParameterState state)
    {
        using var noGrad = no_grad();
        Parameter.Value.copy_(state.Weight);
        _state.First.copy_(state.FirstMoment);
        _state.Second.copy_(state.SecondMoment);
        _state.Steps = state.Steps;
        ClearGradient();
    }

    public void Dispose() => _state.Dispose();

    private ParameterState StateOf(Func<Tensor, Tensor> value) => new(
        Parameter.Name,
        Parameter.TiedTo is not null,
        value(Parameter.Value),
        value(_state.First),
        value(_state.Second),
        _state.Steps);
}
