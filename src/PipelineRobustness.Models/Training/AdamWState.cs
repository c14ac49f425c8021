using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// AdamW's moments of one parameter, and its step. It executes the operations of TorchSharp's AdamW in their order, so
/// the bits are equal, but slice by slice. TorchSharp's optimizer holds its temporaries, three times the parameter,
/// until the end of a step; with the matrix of a large vocabulary stepped on two stages at once, that would be the peak
/// memory of the whole training. A slice also stays in the processor's cache from the first operation to the last.
/// </summary>
internal sealed class AdamWState : IDisposable
{
    private const long SliceSize = 1 << 18;

    private readonly AdamWSettings _settings;
    private readonly double _decay;

    /// <summary>Creates zero moments outside the caller's dispose scope.</summary>
    public AdamWState(Parameter parameter, AdamWSettings settings, bool decays)
    {
        _settings = settings;
        _decay = decays ? settings.WeightDecay : 0;
        using var noGrad = no_grad();
        First = zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
        Second = zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
    }

    public Tensor First { get; }

    public Tensor Second { get; }

    public long Steps { get; set; }

    /// <summary>Steps the parameter; call it with autograd disabled.</summary>
    public void Step(Parameter parameter, Tensor gradient, double learningRate)
    {
        Steps++;
        using var scope = NewDisposeScope();
        using var scalars = new StepScalars(_settings, _decay, learningRate, Steps);
        var (weights, gradients, first, second) = (parameter.view(-1), gradient.reshape(-1), First.view(-1), Second.view(-1));
        for (var from = 0L; from < weights.shape[0]; from += SliceSize)
        {
            using var slice = NewDisposeScope();
            var count = Math.Min(SliceSize, weights.shape[0] - from);
            Tensor Part(Tensor whole) => whole.narrow(0, from, count);
            Step(Part(weights), Part(gradients), Part(first), Part(second), scalars);
        }
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    private static void Step(Tensor weights, Tensor gradients, Tensor first, Tensor second, StepScalars scalars)
    {
        weights.mul_(scalars.DecayFactor);
        first.mul_(scalars.Beta1).add_(gradients, scalars.OneMinusBeta1);
        second.mul_(scalars.Beta2).addcmul_(gradients, gradients, scalars.OneMinusBeta2);
        var root = second.sqrt().div_(scalars.SecondScale).PlusInPlace(scalars.Epsilon);
        weights.addcdiv_(first, root, scalars.NegativeStepSize);
    }

    /// <summary>A step's coefficients as scalars that live as long as the step; <see cref="ScalarOperations"/> explains why.</summary>
    private sealed class StepScalars(AdamWSettings settings, double decay, double learningRate, long steps) : IDisposable
    {
        public Scalar DecayFactor { get; } = Float(1 - (learningRate * decay)).ToScalar();

        public Scalar Beta1 { get; } = settings.Beta1.ToScalar();

        public Scalar OneMinusBeta1 { get; } = (1 - settings.Beta1).ToScalar();

        public Scalar Beta2 { get; } = settings.Beta2.ToScalar();

        public Scalar OneMinusBeta2 { get; } = (1 - settings.Beta2).ToScalar();

        public Scalar SecondScale { get; } = Math.Sqrt(1 - Math.Pow(settings.Beta2, steps)).ToScalar();

        public Scalar Epsilon { get; } = settings.Epsilon.ToScalar();

        public Scalar NegativeStepSize { get; } = Float(-(learningRate / (1 - Math.Pow(settings.Beta1, steps)))).ToScalar();

        // Beyond the range of float32 torch refuses a number, which would be taken for a stage's failure; an infinite one it takes.
        private static double Float(double number) => Math.Abs(number) > float.MaxValue ? (float)number : number;

        public void Dispose()
        {
            foreach (var scalar in (Scalar[])[DecayFactor, Beta1, OneMinusBeta1, Beta2, OneMinusBeta2, SecondScale, Epsilon, NegativeStepSize])
                scalar.Dispose();
        }
    }
}
