using System.Security.Cryptography;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>The canonical encoding of what is claimed.</summary>
public sealed class ClaimSpecs
{
    private const byte Float32 = 6;

    [Fact]
    public void A_claim_is_the_SHA256_of_type_rank_dimensions_and_bytes()
    {
        byte[] hashed = [Float32, 2, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(hashed)), Claim.OfTensor(Float32, [2, 1], [1, 2, 3, 4, 5, 6, 7, 8]).ToString());
    }

    [Fact]
    public void Type_and_shape_are_part_of_a_claim()
    {
        byte[] bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        Claim[] claims =
        [
            Claim.OfTensor(Float32, [2], bytes), Claim.OfTensor(Float32, [1, 2], bytes), Claim.OfTensor(Float32, [2, 1], bytes),
            Claim.OfTensor(7, [2], bytes), Claim.OfTensor(Float32, [], bytes),
        ];
        Assert.Equal(claims.Length, claims.Distinct().Count());
    }

    [Fact]
    public void A_claim_survives_its_bytes()
    {
        var claim = Claim.OfTensor(Float32, [1], [9, 9, 9, 9]);
        Assert.Equal(Claim.Size, claim.ToBytes().Length);
        Assert.Equal(claim, Claim.Read(claim.ToBytes().AsSpan()));
        Assert.Throws<ArgumentOutOfRangeException>(() => Claim.Read(new byte[31]));
    }
}
