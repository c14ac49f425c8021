using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Lies of any value, shape or type over both links: no other stage fails.</summary>
public sealed class LieSpecs
{
    private static readonly Rig Clean = new() { Layers = 5, Stages = 5, MicroBatches = 3, Remedy = "substitute" };

    private static readonly string CleanHash = Clean.PlainLoop().Hash;

    private static readonly Dictionary<string, Func<Tensor, Tensor>> Lies = new()
    {
        ["not a number"] = t => full_like(t, float.NaN),
        ["infinite"] = t => full_like(t, float.NegativeInfinity),
        ["zero"] = t => zeros_like(t),
        ["one bit"] = OneBit,
        ["flat"] = t => t.flatten(),
        ["longer"] = t => cat([t, t], 1),
        ["empty"] = _ => zeros(0),
        ["a scalar"] = _ => tensor(1f),
        ["double"] = t => t.to(float64),
        ["whole numbers"] = t => t.to(int64),
        ["sparse"] = t => t.to_sparse(),
    };

    private static readonly FaultPoint Links = Faults.At(stage: 2).Over(Link.Neighbour, Link.Jump);

    public static TheoryData<string> Names => [.. Lies.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Substitute_ends_with_the_clean_bits(string lie)
    {
        foreach (var direction in Enum.GetValues<Direction>())
        {
            var run = (Clean with { Behaviour = Links.Going(direction).Send(Lies[lie]) }).Run();
            Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
            Assert.Equal(CleanHash, run.Hash);
            Assert.Equal(9, run.Verdicts.Count);
            Assert.All(run.Verdicts, v => Assert.Equal((2, direction), (v.Suspect, v.Direction)));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_other_remedy_survives_any_lie(string lie)
    {
        foreach (var remedy in RemedyCatalog.Names.Except(["substitute"]))
        {
            foreach (var direction in Enum.GetValues<Direction>())
            {
                var liar = Links.Going(direction).Attempt(0).Send(Lies[lie]);
                var run = (Clean with { Remedy = remedy, Behaviour = liar, StopWhenNotFinite = false }).Run();
                Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
                if (remedy == "restart") Assert.Equal(CleanHash, run.Hash);
                if (remedy is "skip" or "skip-with-server") Assert.All(run.Verdicts, v => Assert.Equal(2, v.Suspect));
            }
        }
    }

    [Fact]
    public void A_lie_in_one_micro_batch_is_a_verdict_on_that_one()
    {
        foreach (var direction in Enum.GetValues<Direction>())
        {
            var run = (Clean with { Behaviour = Links.Going(direction).MicroBatch(1).Send(t => zeros_like(t)) }).Run();
            Assert.Equal(CleanHash, run.Hash);
            Assert.Equal(3, run.Verdicts.Count);
            Assert.All(run.Verdicts, v => Assert.Equal((1, 2), (v.MicroBatch, v.Suspect)));
        }
    }

    [Fact]
    public void A_tensor_equal_to_the_honest_one_is_no_lie()
    {
        var run = (Clean with { Behaviour = Links.Forward.Send(t => t.clone()) }).Run();
        Assert.Equal(CleanHash, run.Hash);
        Assert.Empty(run.Verdicts);
    }

    private static Tensor OneBit(Tensor honest)
    {
        var lie = honest.clone();
        lie.bytes[0] ^= 1;
        return lie;
    }
}
