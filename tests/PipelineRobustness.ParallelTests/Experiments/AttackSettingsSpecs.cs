using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Runs;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The entries of <c>attack.forward</c> and <c>attack.backward</c> in an experiment file.</summary>
public sealed class AttackSettingsSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Attacks_are_read_with_their_options()
    {
        var attack = _files.Read(
            """
            attack.forward = [
              { kind = scale, rate = 0.5, factor = -2, stage = [first, 2], from = 3, until = 9 }
              { kind = in-recovery, rate = 1, of = random-sign }
            ]
            attack.backward = { kind = worst-direction, rate = 1, stage = last, strength = 0.25 }
            """).Runs[0].Attack;
        Assert.Equal(
            [
                new Scale { Rate = 0.5, Factor = -2, Stages = ["first", "2"], From = 3, Until = 9 },
                new InRecovery { Rate = 1, Of = "random-sign" },
                new WorstDirection { Rate = 1, Stages = ["last"], Strength = 0.25, Direction = PipelineRobustness.Pipeline.Ports.Direction.Backward },
            ],
            attack.All);
        Assert.Equal(["first stage and stage 2", "any stage", "last stage"], attack.Stages);
    }

    [Theory]
    [InlineData("attack.forward = { kind = scale, rate = 1, stage = middle }", "a.conf:1: attack.forward.stage: expected first, last, any .. 0 .. 1000, found middle")]
    [InlineData("attack.forward = { kind = scale, rate = 1, stage = last }", "a.conf:1: attack.forward.stage: expected 0 to 2 (stages that send activations), found last (run base)")]
    [InlineData("attack.backward = { kind = scale, rate = 1, stage = first }", "a.conf:1: attack.backward.stage: expected 1 to 3 (stages that send gradients), found first (run base)")]
    [InlineData("attack.forward = { kind = scale, rate = 1, from = 3, until = 3 }", "a.conf:1: attack.forward.until: expected 0 or more than 3 (from), found 3 (run base)")]
    [InlineData("attack.forward = { kind = scale, rate = 1, any = 3 }", "a.conf:1: attack.forward.any: expected 1 to 2 (stages in the middle), found 3 (run base)")]
    [InlineData("attack.forward = { kind = scale, rate = 1, stage = [1, 2], any = 2 }", "a.conf:1: attack.forward.any: expected 1, found 2 (run base)")]
    [InlineData("attack.forward = { kind = mimic, rate = 1, of = mimic }", "a.conf:1: attack.forward.of: expected one of .. sign-flip .., found mimic")]
    [InlineData("attack.forward = { kind = mimic, rate = 1, detector = none }", "a.conf:1: attack.forward.detector: expected one of defence, averages, .., found none")]
    [InlineData("attack.forward = { kind = in-recovery, rate = 1, of = worst-direction }", "a.conf:1: attack.forward.of: expected one of .., found worst-direction")]
    [InlineData(
        "defence.remedy = observe\nattack.forward = { kind = false-accusation, rate = 1, stage = first }",
        "a.conf:2: attack.forward.stage: expected 1 to 2 (stages that are checked), found first (run base)")]
    public void An_attack_that_cannot_be_is_refused(string text, string message) => Refusal.Like(message, _files.Refused(text));

    /// <summary>Such a memory is in no checkpoint, so that an interrupted run begins again.</summary>
    [Theory]
    [InlineData("sign-flip", 50)]
    [InlineData("worst-direction", 0)]
    public void No_checkpoints_are_made_where_an_attack_remembers_earlier_iterations(string kind, long every)
    {
        using var experiment = PreparedExperiment.Prepare(_files.Read($"attack.forward = {{ kind = {kind}, rate = 1 }}"));
        Assert.Equal(every, RunParts.Plan(experiment.Runs[0]).Checkpoint.Every);
    }
}
