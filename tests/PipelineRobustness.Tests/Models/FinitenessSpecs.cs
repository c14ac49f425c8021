using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>A number that is not finite is found wherever it stands, and no other number is taken for one.</summary>
public sealed class FinitenessSpecs
{
    [Fact]
    public void Any_floats_are_judged_as_one_by_one() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll(Gen.Choose(int.MinValue, int.MaxValue).Select(BitConverter.Int32BitsToSingle).ArrayOf().ToArbitrary(), floats =>
        {
            using var given = tensor(floats);
            Assert.Equal(floats.All(float.IsFinite), Finiteness.Holds(given));
        }));

    [Theory]
    [InlineData(float.MaxValue, true)]
    [InlineData(float.Epsilon, true)]
    [InlineData(-0f, true)]
    [InlineData(float.NaN, false)]
    [InlineData(float.PositiveInfinity, false)]
    [InlineData(float.NegativeInfinity, false)]
    public void A_number_is_judged_at_every_place(float number, bool isFinite)
    {
        for (var place = 0; place < 19; place++)
        {
            using var tensor = zeros(19);
            tensor[place] = number;
            Assert.Equal(isFinite, Finiteness.Holds(tensor));
        }
    }

    [Fact]
    public void A_tensor_that_is_large_or_not_contiguous_is_judged_whole()
    {
        using var scope = NewDisposeScope();
        var large = zeros((TensorBytes.ChunkBytes / sizeof(float)) + 3);
        Assert.True(Finiteness.Holds(large));
        large[-1] = float.NaN;
        Assert.False(Finiteness.Holds(large));
        var square = zeros(3, 3);
        square[2, 0] = float.NaN;
        Assert.False(Finiteness.Holds(square.t()));
        Assert.True(Finiteness.Holds(square.t()[1]));
        Assert.False(Finiteness.Holds(square[.., 0]));
    }

    [Fact]
    public void A_state_names_the_first_weight_or_moment_that_is_not_finite()
    {
        using var model = Tiny.Cut(Tiny.Config(), 2);
        var trainer = model.Trainers[1];
        Assert.Null(trainer.FirstNotFinite());
        var name = trainer.Block.Parameters[1].Name;
        foreach (var (tensor, words) in new[] { (5, "second moment of "), (4, "first moment of "), (3, "weight ") })
        {
            using (no_grad()) trainer.LiveState[tensor].fill_(float.NaN);
            Assert.Equal(words + name, trainer.FirstNotFinite());
            using var state = trainer.Capture();
            Assert.Equal(words + name, state.FirstNotFinite());
        }
    }
}
