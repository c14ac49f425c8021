using PipelineRobustness.Cli;
using PipelineRobustness.Experiments;
using PipelineRobustness.Tests.Cluster;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Small runs with drawn trouble end right, and oracles notice where the system does not work.</summary>
public sealed class CampaignSpecs(ITestOutputHelper output)
{
    private const int SeedsMost = 200;

    // In a process of its own: tensors are counted over all threads.
    [Fact]
    public async Task Two_hundred_seeds_end_right()
    {
        using var campaign = NodeProcess.StartProgram(
            "dotnet", Path.Combine(AppContext.BaseDirectory, "pipeline-robustness.dll"), "simulate", "--seeds", $"1..{SeedsMost}", "--quiet");
        var code = await campaign.EndsAsync();
        Assert.True(code == ExitCode.Done, campaign.Said);
    }

    [Fact]
    public async Task A_range_that_is_none_is_named()
    {
        var error = new StringWriter();
        Assert.Equal(ExitCode.BadSettings, await CommandLine.InvokeAsync(["simulate", "--seeds", "9..3"], TextWriter.Null, error));
        Assert.Contains("--seeds: expected a number or FIRST..LAST, found 9..3", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_follows_from_its_seed() => Assert.Equal($"{CampaignDraw.Of(7)}", $"{CampaignDraw.Of(7)}");

    public static TheoryData<string> Defects => [.. Defect.All.Select(defect => defect.Name)];

    /// <summary>Each is switched on through a port or by somebody in a part's place. The campaign must notice within its seeds.</summary>
    [Theory, MemberData(nameof(Defects))]
    public void The_oracles_notice_a_defect(string name)
    {
        var defect = Defect.All.Single(one => one.Name == name);
        foreach (var seed in Enumerable.Range(1, SeedsMost).Select(s => (ulong)s).OrderByDescending(s => s == defect.CaughtBy))
        {
            var end = CaseJudge.Judge(CampaignDraw.Of(seed), defect.Break);
            if (end.Verdict == CaseVerdict.Right || end.Why.Contains("tensors were left", StringComparison.Ordinal)) continue;
            output.WriteLine($"seed {seed}: {end.Why}");
            return;
        }

        Assert.Fail($"{SeedsMost} seeds did not notice that {name}");
    }
}
