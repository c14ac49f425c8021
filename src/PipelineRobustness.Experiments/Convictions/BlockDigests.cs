using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Convictions;

namespace PipelineRobustness.Experiments.Convictions;

/// <summary>The digests of a model's blocks, computed from its whole state.</summary>
internal static class BlockDigests
{
    /// <summary>The first block whose state is not that of the evidence's commit; null where all are.</summary>
    /// <param name="content">The evidence.</param>
    /// <param name="whole">The state of the whole model at that version.</param>
    /// <param name="origin">Where it is from.</param>
    public static EvidenceResult? Fault(EvidenceContent content, BlockState whole, string origin)
    {
        var digests = content.Commit.Digests;
        for (var block = 0; block < digests.Length; block++)
        {
            if (Of(content.Numbers, whole, block) is var digest && digest != digests[block])
                return EvidenceResult.Fails($"block {block} at version {content.Commit.Version} as in {origin}, {digest:x32}", $"{digests[block]:x32}");
        }

        return null;
    }

    /// <summary>The digest of a block, as under a referee.</summary>
    public static UInt128 Of(NumericPlan numbers, BlockState whole, int block)
    {
        var range = Cut.Balanced(numbers.Model, numbers.Cut.Length)[block];
        var parameters = whole.Parameters.ToDictionary(parameter => parameter.Name);
        // Its tensors are the whole's, which disposes of them.
        return new BlockState(range, [.. ParameterShape.Of(numbers.Model, range).Select(shape => parameters[shape.Name])], StateHash.Sha256).Digest();
    }
}
