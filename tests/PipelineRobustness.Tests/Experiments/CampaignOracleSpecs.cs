using PipelineRobustness.Experiments.Campaign;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The campaign's oracles detect defects of the system.</summary>
public sealed class CampaignOracleSpecs(ITestOutputHelper output)
{
    private const int SeedsMost = 200;

    /// <summary>With these the server that does not wait for verdicts is played: by themselves they change nothing.</summary>
    [Fact]
    public void Slow_detectors_are_no_defect()
    {
        for (var seed = 1UL; seed <= 10; seed++)
            Assert.Equal(CaseVerdict.Right, CaseJudge.Judge(CampaignDraw.Of(seed), PipelineDefects.SlowDetectors).Verdict);
    }

    /// <summary>Of three servers the second waits for a hung stage as long as it may, leaves it out, and is lost before it has placed it again.</summary>
    [Fact]
    public void A_stage_that_a_lost_server_left_out_may_be_restored() =>
        Assert.Equal(CaseVerdict.Right, CaseJudge.Judge(CampaignDraw.Of(206229)).Verdict);

    public static TheoryData<string> Defects => [.. Defect.All.Select(defect => defect.Name)];

    /// <summary>Each defect is injected through a port. The campaign must detect it within its seeds.</summary>
    [Theory, MemberData(nameof(Defects))]
    public void The_oracles_notice_a_defect(string name)
    {
        var defect = Defect.All.Single(one => one.Name == name);
        foreach (var seed in Enumerable.Range(1, SeedsMost).Select(s => (ulong)s).Prepend(defect.CaughtBy))
        {
            var end = CaseJudge.Judge(CampaignDraw.Of(seed), defect.Break);
            if (end.Verdict == CaseVerdict.Right || end.Why.Contains("tensors were left", StringComparison.Ordinal)) continue;
            output.WriteLine($"seed {seed}: {end.Why}");
            return;
        }

        Assert.Fail($"{SeedsMost} seeds did not notice that {name}");
    }
}
