using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>Compares the sliced step with TorchSharp's optimizer.</summary>
public sealed class AdamWStateSpecs
{
    private const double LearningRate = 3e-3;

    public AdamWStateSpecs() => set_num_threads(1);

    /// <summary>One slice; several slices with a shorter last one; less than a vector register.</summary>
    [Theory]
    [InlineData(0.1, 12, 5)]
    [InlineData(0, 3, 1)]
    [InlineData(0.1, 700, 801)]
    public void A_step_equals_that_of_TorchSharp_bit_for_bit(double decay, long rows, long columns)
    {
        using var scope = NewDisposeScope();
        var settings = new AdamWSettings(0.8, 0.95, 1e-7, decay);
        var (ours, theirs) = (Drawn(rows, columns, "weights"), Drawn(rows, columns, "weights"));
        using var state = new AdamWState(ours, settings, decays: true);
        using var optimizer = optim.AdamW([theirs], LearningRate, 0.8, 0.95, 1e-7, decay);
        for (var step = 0; step < 3; step++)
        {
            theirs.grad = Drawn(rows, columns, $"gradient {step}").detach();
            optimizer.step();
            using (no_grad())
                state.Step(ours, theirs.grad, LearningRate);
        }

        var expected = (AdamW.State)optimizer.state_dict().State.Single();
        Assert.Equal(3, state.Steps);
        AssertSame(theirs.detach(), ours.detach());
        AssertSame(expected.exp_avg, state.First);
        AssertSame(expected.exp_avg_sq, state.Second);
    }

    private static Parameter Drawn(long rows, long columns, string purpose) =>
        new(SeededRandom.Normal(SeededRandom.Key(5, purpose), [rows, columns]));

    private static void AssertSame(Tensor expected, Tensor found) => Assert.True(expected.bytes.SequenceEqual(found.bytes));
}
