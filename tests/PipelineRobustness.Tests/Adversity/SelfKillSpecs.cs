using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>The instant at which a process kills itself.</summary>
public sealed class SelfKillSpecs
{
    [Theory]
    [InlineData("3", 3, IterationPhase.Forward)]
    [InlineData("0:forward", 0, IterationPhase.Forward)]
    [InlineData("12:backward", 12, IterationPhase.Backward)]
    [InlineData("3:Prepared", 3, IterationPhase.Prepared)]
    [InlineData("3:hearing", 3, IterationPhase.Hearing)]
    [InlineData("3:committed", 3, IterationPhase.Committed)]
    public void An_instant_is_an_iteration_and_a_moment(string text, long iteration, IterationPhase moment) =>
        Assert.Equal(new KillInstant(iteration, moment), KillInstant.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("3:")]
    [InlineData("3:later")]
    [InlineData("3:1")]
    [InlineData("3:forward:4")]
    [InlineData("99999999999999999999")]
    public void A_malformed_instant_is_a_bad_setting_and_is_named(string text) =>
        Assert.Contains(text, Assert.Throws<BadInputException>(() => KillInstant.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(IterationPhase.Forward, 0)]
    [InlineData(IterationPhase.Backward, 1)]
    [InlineData(IterationPhase.Prepared, 2)]
    [InlineData(IterationPhase.Hearing, 3, 4)]
    [InlineData(IterationPhase.Committed, 5)]
    public void A_self_kill_happens_at_its_moment_of_its_iteration(IterationPhase moment, params int[] at)
    {
        const int Steps = 6;
        var killed = new List<int>();
        var step = -1;
        IStageBehaviour behaviour = new SelfKill(HonestBehaviour.Instance, new KillInstant(7, moment), () => killed.Add(step));
        foreach (var iteration in new long[] { 6, 7, 8 })
        {
            Action[] course =
            [
                () => behaviour.BeforeWork(new WorkContext(iteration, 0, 0, 0, Direction.Forward, 1)),
                () => behaviour.BeforeWork(new WorkContext(iteration, 0, 0, 0, Direction.Backward, 1)),
                () => behaviour.BeforePrepared(iteration, 1),
                () => behaviour.BeforeShowing(iteration, 1),
                () => behaviour.BeforeHearing(new HearingContext(iteration, 0, 0, Direction.Forward, 2)),
                () => behaviour.BetweenIterations(iteration + 1, 1, 1, []),
            ];
            Assert.Equal(Steps, course.Length);
            foreach (var happens in course)
            {
                step++;
                happens();
            }
        }

        // In the second iteration. Where there are two, the process does not live to see the other.
        Assert.Equal(at.Select(number => Steps + number), killed);
    }

    [Fact]
    public void A_self_kill_changes_nothing_before_its_moment()
    {
        using var honest = ones(2);
        var context = new SendContext(0, 0, 0, 0, Direction.Forward, 1, Link.Neighbour);
        IStageBehaviour behaviour = new SelfKill(new Adversary(1, 3, [new SignFlip { Rate = 1, Stage = 1 }]), new KillInstant(7, IterationPhase.Forward));
        using var sent = behaviour.Send(context, honest);
        Assert.Equal([-1f, -1f], sent.data<float>().ToArray());
        Assert.False(behaviour.Withholds(context));
    }
}
