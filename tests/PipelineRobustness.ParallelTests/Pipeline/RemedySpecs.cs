using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Remedies;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The remedies' decisions, apart from any actor.</summary>
public sealed class RemedySpecs
{
    [Fact]
    public void Every_remedy_is_found_by_its_name()
    {
        Assert.All(RemedyCatalog.Names, name => Assert.Equal(name, RemedyCatalog.Find(name).Name));
        Assert.All((string[])["observe", "off", "restart", "skip", "skip-with-server", "substitute"], name => Assert.Contains(name, RemedyCatalog.Names));
    }

    // The paper's table for K = 6, by suspect.
    [Theory]
    [InlineData("skip-with-server", 1, "1 2", "1 2")]
    [InlineData("skip-with-server", 2, "2 3", "1 2 3")]
    [InlineData("skip-with-server", 3, "3 4", "2 3 4")]
    [InlineData("skip-with-server", 4, "4", "3 4")]
    [InlineData("skip", 1, "1 2", "1 2")]
    [InlineData("skip", 2, "1 2 3", "1 2 3")]
    [InlineData("skip", 3, "2 3 4", "1 2 3 4")]
    [InlineData("skip", 4, "3 4", "2 3 4")]
    public void The_skips_skip_and_freeze_what_the_paper_lists(string remedy, int accused, string skipped, string frozen)
    {
        foreach (var direction in Enum.GetValues<Direction>())
        {
            var judgement = Assert.IsType<Judgement.RepeatWithout>(Judge(remedy, Accuse(direction, accused)));
            Assert.Equal(skipped, string.Join(" ", judgement.Skipped));
            Assert.Equal(frozen, string.Join(" ", judgement.Frozen));
        }
    }

    [Fact]
    public void A_further_verdict_extends_the_skipped_set()
    {
        RemedyCatalog.TryGet("skip-with-server", out var remedy);
        var judgement = Assert.IsType<Judgement.RepeatWithout>(
            remedy!.Judge(new Evidence(8, [Accuse(Direction.Backward, 1)], [4, 5], [3, 4, 5])));
        Assert.Equal([1, 2, 4, 5], judgement.Skipped);
        Assert.Equal([1, 2, 3, 4, 5], judgement.Frozen);
    }

    /// <summary>Otherwise the same pass would be repeated forever.</summary>
    [Theory]
    [InlineData("skip")]
    [InlineData("skip-with-server")]
    public void A_skip_with_no_stage_left_begins_a_new_attempt(string remedy)
    {
        RemedyCatalog.TryGet(remedy, out var skipping);
        var judgement = skipping!.Judge(new Evidence(6, [Accuse(Direction.Forward, 5)], [3, 4], [2, 3, 4]));
        Assert.Equal("suspects: 5, and no stage is left to skip", Assert.IsType<Judgement.NewAttempt>(judgement).Reason);
    }

    [Fact]
    public void Restart_begins_a_new_attempt() =>
        Assert.IsType<Judgement.NewAttempt>(Judge("restart", Accuse(Direction.Forward, 2)));

    [Theory]
    [InlineData("off")]
    [InlineData("observe")]
    public void Off_and_observe_commit(string remedy) =>
        Assert.IsType<Judgement.Accept>(Judge(remedy, Accuse(Direction.Forward, 2)));

    [Fact]
    public void Substitute_commits_unless_two_neighbours_are_accused_forward()
    {
        Assert.IsType<Judgement.Accept>(Judge("substitute", Accuse(Direction.Forward, 1), Accuse(Direction.Forward, 3)));
        Assert.IsType<Judgement.Accept>(Judge("substitute", Accuse(Direction.Backward, 2), Accuse(Direction.Forward, 3)));
        Assert.IsType<Judgement.NewAttempt>(Judge("substitute", Accuse(Direction.Forward, 2), Accuse(Direction.Forward, 3)));
    }

    private static Judgement Judge(string name, params Verdict[] verdicts)
    {
        Assert.True(RemedyCatalog.TryGet(name, out var remedy));
        return remedy.Judge(new Evidence(
            6, verdicts, ImmutableSortedSet<int>.Empty, ImmutableSortedSet<int>.Empty));
    }

    private static Verdict Accuse(Direction direction, int stage) =>
        new(0, 0, 0, 0, direction, stage, direction == Direction.Forward ? stage + 1 : stage - 1, 1);
}
