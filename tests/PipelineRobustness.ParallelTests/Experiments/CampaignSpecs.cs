using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Small runs with drawn faults end correctly and without tensor leaks; in separate processes, since tensors are counted per process.</summary>
public sealed class CampaignSpecs
{
    [Fact]
    public Task Two_hundred_seeds_end_right() => EndRightAsync("1..200");

    /// <summary>A stage whose last message is lost, twice; and a server that a second one overrules and then dies itself.</summary>
    [Theory, InlineData(10605), InlineData(1250), InlineData(1257)]
    public Task A_lost_last_message_leaves_no_endless_wait(int seed) => EndRightAsync($"{seed}");

    [Fact]
    public async Task An_empty_range_of_seeds_is_refused()
    {
        var error = new StringWriter();
        Assert.Equal(ExitCode.BadSettings, await CommandLine.InvokeAsync(["simulate", "--seeds", "9..3"], TextWriter.Null, error));
        Assert.Contains("--seeds: expected ", error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(", found 9..3\n", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Whether or not a file says what may be drawn.</summary>
    [Theory]
    [InlineData("--out", "x")]
    [InlineData("--scenario", "storm")]
    [InlineData("--nodes", "3")]
    [InlineData("--network", "home")]
    [InlineData("--flops", "1")]
    [InlineData("--seed", "4")]
    [InlineData("--set", "seed=4")]
    public async Task An_option_of_no_use_to_a_campaign_is_refused(string option, string value)
    {
        using var files = new ExperimentFiles();
        foreach (var file in option == "--set" ? [[]] : (string[][])[[], [files.Write("")]])
        {
            var (output, error) = (new StringWriter(), new StringWriter());
            Assert.Equal(ExitCode.BadSettings, await CommandLine.InvokeAsync(["simulate", .. file, "--seeds", "1", option, value], output, error));
            Refusal.Like($"{option}: expected .. --seeds, found ..", error.ToString());
            Assert.Equal("", output.ToString());
        }
    }

    /// <summary>
    /// As field studies see it: single bits in less than 40 of 100 cases, not-a-number or infinity in about one. Except for cases in
    /// which nothing else is drawn.
    /// </summary>
    [Fact]
    public void Drawn_faults_have_the_documented_frequencies()
    {
        var cases = Enumerable.Range(1, 20_000).Select(seed => CampaignDraw.Of((ulong)seed).Scenario.Failures).ToList();
        var kinds = cases.SelectMany(failures => failures).CountBy(failure => failure.Word).ToDictionary();
        Assert.All(FailureKinds.Words, kind => Assert.InRange(kinds[kind], 1000, int.MaxValue));

        var patterns = cases.Select(failures => failures.OfType<Corrupt>().Select(f => f.Pattern).ToList()).ToList();
        var usual = patterns.Where(some => !some.TrueForAll(IsRare)).SelectMany(some => some).ToList();
        Assert.InRange(usual.Count(pattern => pattern == CorruptionPattern.OneBit) / (double)usual.Count, 0.35, 0.4);
        Assert.InRange(usual.Count(IsRare) / (double)usual.Count, 0.002, 0.02);
        var rare = patterns.SelectMany(some => some).Where(IsRare).CountBy(pattern => pattern).ToList();
        Assert.Equal(2, rare.Count);
        Assert.All(rare, pattern => Assert.InRange(pattern.Value, 100, 1000));

        static bool IsRare(CorruptionPattern pattern) => pattern is CorruptionPattern.NotANumber or CorruptionPattern.Infinite;
    }

    [Fact]
    public void Some_cases_bring_no_machine_back()
    {
        var dead = Enumerable.Range(1, 1000).Select(seed => CampaignDraw.Of((ulong)seed))
            .Where(one => one.Scenario.Failures.OfType<Partition>().Any(f => f.Lasts > TimeSpan.FromHours(1))).ToList();
        Assert.InRange(dead.Count, 20, 200);
        Assert.All(dead, one => Assert.DoesNotContain(one.Scenario.Failures, f => f is Join));
        Assert.All(dead, one => Assert.Equal((one.Plan.Stages + one.Nodes - 1) / one.Nodes, one.Room));
    }

    [Fact]
    public async Task A_file_limits_the_faults_that_are_drawn()
    {
        using var files = new ExperimentFiles();
        var file = files.Write("campaign { kinds = \"crash full-disk\", failures-most = 2 }");
        var rules = ExperimentSettings.Read(file, [], null).Campaign;
        var drawn = Enumerable.Range(1, 500).Select(seed => CampaignDraw.Of((ulong)seed, rules).Scenario.Failures).ToList();
        Assert.Equal(["crash", "full-disk"], drawn.SelectMany(failures => failures).Select(f => f.Word).Distinct().Order());
        Assert.Equal(2, drawn.Max(failures => failures.Count));
        using var campaign = NodeProcess.StartCommand("simulate", file, "--seeds", "1..2", "--quiet");
        Assert.Equal(ExitCode.Done, await campaign.EndsAsync());
        Assert.Contains("2 seeds: 2 right", campaign.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistake_in_the_campaign_settings_is_named_with_its_line()
    {
        using var files = new ExperimentFiles();
        var error = new StringWriter();
        var file = files.Write("campaign.kinds = \"crash crush\"");
        Assert.Equal(ExitCode.BadSettings, await CommandLine.InvokeAsync(["simulate", file, "--seeds", "1"], TextWriter.Null, error));
        Assert.Contains("a.conf:1: campaign.kinds: expected some of crash, hang,", error.ToString(), StringComparison.Ordinal);
        Assert.Contains(
            "campaign.failures-most: expected at the top of the file", files.Refused("runs=[{name=a,campaign.failures-most=1}]"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_follows_from_its_seed_alone()
    {
        ulong[] seeds = [.. Enumerable.Range(1, 200).Select(seed => (ulong)seed)];
        var ascending = seeds.Select(seed => $"{CampaignDraw.Of(seed)}").ToList();
        Assert.Equal(ascending, seeds.AsParallel().AsOrdered().Select(seed => $"{CampaignDraw.Of(seed)}"));
        Assert.Equal(ascending, seeds.Reverse().Select(seed => $"{CampaignDraw.Of(seed)}").Reverse());
        Assert.Equal(seeds.Length, ascending.Distinct().Count());
    }

    private static async Task EndRightAsync(string seeds)
    {
        using var campaign = NodeProcess.StartCommand("simulate", "--seeds", seeds, "--quiet");
        var code = await campaign.EndsAsync();
        Assert.True(code == ExitCode.Done, campaign.Said);
    }
}
