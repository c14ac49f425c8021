using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// AdamW's moments of one parameter, and its step: the operations of TorchSharp's AdamW in their order, so its bits, but
/// slice by slice. TorchSharp's frees what a step computes at the step's end and takes three times the parameter for that;
/// where a large vocabulary's matrix is stepped on two stages at once, this would be the peak of the whole training. And a
/// slice stays in the processor's cache from the first operation to the last.
/// </summary>
internal sealed class AdamWState : IDisposable
{
    private const long SliceSize = 1 << 18;

    private readonly AdamWSettings _settings;
    private readonly double _decay;

    /// <summary>Moments of 0, outside any dispose scope of the caller.</summary>
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

    /// <summary>Steps the parameter; to be called without autograd.</summary>
    public void Step(Parameter parameter, Tensor gradient, double learningRate)
    {
        Steps++;
        using var scope = NewDisposeScope();
        using var numbers = new Numbers(_settings, _decay, learningRate, Steps);
        var (weights, gradients, first, second) = (parameter.view(-1), gradient.reshape(-1), First.view(-1), Second.view(-1));
        for (var from = 0L; from < weights.shape[0]; from += SliceSize)
        {
            using var slice = NewDisposeScope();
            var count = Math.Min(SliceSize, weights.shape[0] - from);
            Tensor Part(Tensor whole) => whole.narrow(0, from, count);
            Step(Part(weights), Part(gradients), Part(first), Part(second), numbers);
        }
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    private static void Step(Tensor weights, Tensor gradients, Tensor first, Tensor second, Numbers numbers)
    {
        weights.mul_(numbers.Kept);
        first.mul_(numbers.Beta1).add_(gradients, numbers.NotBeta1);
        second.mul_(numbers.Beta2).addcmul_(gradients, gradients, numbers.NotBeta2);
        var root = second.sqrt().div_(numbers.SecondScale).PlusInPlace(numbers.Epsilon);
        weights.addcdiv_(first, root, numbers.Down);
    }

    /// <summary>A step's numbers as scalars that live as long as the step (<see cref="KeptScalars"/> says why that matters).</summary>
    private sealed class Numbers(AdamWSettings settings, double decay, double learningRate, long steps) : IDisposable
    {
        public Scalar Kept { get; } = (1 - (learningRate * decay)).ToScalar();

        public Scalar Beta1 { get; } = settings.Beta1.ToScalar();

        public Scalar NotBeta1 { get; } = (1 - settings.Beta1).ToScalar();

        public Scalar Beta2 { get; } = settings.Beta2.ToScalar();

        public Scalar NotBeta2 { get; } = (1 - settings.Beta2).ToScalar();

        public Scalar SecondScale { get; } = Math.Sqrt(1 - Math.Pow(settings.Beta2, steps)).ToScalar();

        public Scalar Epsilon { get; } = settings.Epsilon.ToScalar();

        public Scalar Down { get; } = (-(learningRate / (1 - Math.Pow(settings.Beta1, steps)))).ToScalar();

        public void Dispose()
        {
            foreach (var scalar in (Scalar[])[Kept, Beta1, NotBeta1, Beta2, NotBeta2, SecondScale, Epsilon, Down])
                scalar.Dispose();
        }
    }
}
