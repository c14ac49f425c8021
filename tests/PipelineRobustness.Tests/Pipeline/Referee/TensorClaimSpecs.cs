using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>Claims about real tensors: bytes as they are, however they lie in memory.</summary>
public sealed class TensorClaimSpecs
{
    [Fact]
    public void A_tensor_s_claim_is_that_of_its_bytes()
    {
        using var tensor = torch.tensor([1.5f, float.NaN, -0f, 4f]).reshape(2, 2);
        Assert.Equal(Claim.OfTensor((byte)tensor.dtype, tensor.shape, tensor.bytes), tensor.ToClaim());
    }

    [Fact]
    public void A_view_has_the_claim_of_its_copy()
    {
        using var scope = NewDisposeScope();
        var whole = arange(24, float32).reshape(4, 6);
        foreach (var view in (Tensor[])[whole.t(), whole.narrow(1, 2, 3), whole.select(0, 1)])
            Assert.Equal(view.contiguous().ToClaim(), view.ToClaim());
    }

    /// <summary>What is in memory is not what a block is worked from, nor what is restored, shown or saved.</summary>
    [Fact]
    public void A_tensor_that_torch_negates_when_it_is_read_has_the_claim_of_its_numbers()
    {
        using var scope = NewDisposeScope();
        var numbers = rand(4, 6);
        var negated = TensorForms.NegatedWhenRead(numbers);
        Assert.False(negated.bytes.SequenceEqual(numbers.bytes));
        Assert.Equal(numbers.ToClaim(), negated.ToClaim());
        Assert.Equal(complex(numbers, numbers).ToClaim(), complex(numbers, numbers.neg()).conj().ToClaim());
        Assert.Equal(StateOf(numbers).Digest(), StateOf(negated).Digest());
        Assert.Equal(SafeTensorsWriter.DigestOf([("x", numbers)]), SafeTensorsWriter.DigestOf([("x", negated)]));
        Assert.True(TensorComparison.Same(negated, numbers, relativeTolerance: 0));
    }

    [Fact]
    public void Tensors_that_compare_equal_may_have_different_claims()
    {
        using var scope = NewDisposeScope();
        Assert.NotEqual(zeros(1).ToClaim(), zeros(1).neg().ToClaim());
        Assert.NotEqual(zeros(2, 1).ToClaim(), zeros(1, 2).ToClaim());
        Assert.NotEqual(zeros(1).ToClaim(), zeros(1, int32).ToClaim());
    }

    [Fact]
    public void A_scalar_and_a_sparse_tensor_have_claims_of_their_own()
    {
        using var scope = NewDisposeScope();
        Assert.NotEqual(torch.tensor(1f).ToClaim(), ones(1).ToClaim());
        Assert.Equal(eye(3).to_sparse().ToClaim(), eye(3).to_sparse().ToClaim());
        Assert.NotEqual(eye(3).ToClaim(), eye(3).to_sparse().ToClaim());
    }

    private static BlockState StateOf(Tensor numbers) =>
        new(new BlockRange(0, 1, 0, 1), [new ParameterState("x", false, numbers, numbers, numbers, 1)], StateHash.Sha256);
}
