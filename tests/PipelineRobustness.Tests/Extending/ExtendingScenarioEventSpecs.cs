using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The scenario event of docs/extending/scenario-event.md.</summary>
public sealed class ExtendingScenarioEventSpecs : IDisposable
{
    private static readonly Brownout Example = new()
    {
        Target = new(TargetKind.Stage, 1),
        At = new(2),
        Lost = 3,
        Lasts = TimeSpan.FromSeconds(2),
    };

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_page_s_lines_are_a_scenario_with_the_example_and_it_takes_effect()
    {
        var failure = Assert.Single(ScenarioFile.Read(_files.Write(Page.Hocon("scenario-event.md"), "s.conf")).Failures);
        Assert.Equal(Example with { Where = "s.conf:1" }, failure);
        SmallCase.Of("substitute", CopyPlacement.Ring).EndsRight(failure);
    }

    [Fact]
    public void Campaigns_draw_the_example_only_where_it_is_named()
    {
        Assert.DoesNotContain(new CampaignRules().Kinds, kind => kind.Word == "brownout");
        Assert.Equal("brownout", Assert.Single(_files.Read("campaign.kinds = brownout").Campaign.Kinds).Word);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(60)]
    public void The_example_changes_no_bit_of_a_run(double seconds) =>
        SmallCase.Of("substitute", CopyPlacement.Ring).EndsRight(Example with { Lasts = TimeSpan.FromSeconds(seconds) });

    [Fact]
    public void The_example_is_described_in_the_words_of_a_scenario() =>
        Assert.Equal("brownout of stage 1 at iteration 2, forward, for 2 s", $"{Example}");

    [Fact]
    public void The_example_has_its_options_and_those_of_its_base_class() =>
        Assert.Equal(["for", "lost"], new FailureKind(typeof(Brownout)).Options.Select(option => option.Name));

    [Fact]
    public void The_example_can_be_injected_into_real_processes() =>
        ProcessRules.ThrowIfImpossible(new Scenario("example", [Example]));
}
