using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The entries of <c>attack.liars</c> in an experiment file.</summary>
public sealed class LiarSettingsSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Liars_are_read_with_their_options()
    {
        var run = _files.Read(
            """
            defence.remedy = referee
            attack.liars = [
              { kind = equivocate, over = jump, rate = 0.5, from = 3, until = 9, seat = 1 }
              { kind = frame, act = backward, stage = [first, 2] }
              { kind = false-sum, stage = last, with = next }
            ]
            """).Runs[0];
        Assert.Equal(
            [
                new Equivocate { Over = Connection.Jump, Rate = 0.5, From = 3, Until = 9, Seat = 1 },
                new Frame { Act = Act.Backward, Stage = ["first", "2"] },
                new FalseSum { Stage = ["last"], With = Cover.Next },
            ],
            run.Attack.Liars);
        Assert.True(run.Attack is { Any: true, HasEntries: true, FalseAlarms: false, Directions: "liars" });
        Assert.Equal(["any stage", "first stage and stage 2", "last stage"], run.Attack.Stages);
    }

    [Fact]
    public void A_grid_takes_lists_of_liars_and_of_their_values()
    {
        var runs = _files.Read(
            "grid { attack.liars { kind = [false-claim, frame], stage = [1, [0, 2]] }, defence.remedy = [off, referee] }").Runs;
        Assert.Equal(8, runs.Count);
        Assert.Equal(["1", "0 2"], runs.Select(run => string.Join(' ', run.Attack.Liars[0].Stage)).Distinct());
        Assert.Equal(["false-claim", "frame"], runs.Select(run => run.Attack.Liars[0].Kind).Distinct());
    }

    [Theory]
    [InlineData("attack.liars = { kind = backdoor }", "a.conf:1: attack.liars.of: expected the name of a run, found none")]
    [InlineData(
        "runs = [{ name = a }\n{ name = b, attack.liars = { kind = backdoor, of = b } }]",
        "a.conf:2: attack.liars.of: expected a run listed before b, found b")]
    [InlineData(
        "runs = [{ name = a, training.blocks = [2] }\n{ name = b, attack.liars = { kind = backdoor, of = a, stage = 1 } }]",
        "a.conf:2: attack.liars.stage: expected 2, the blocks that a has trained, found 1 (run b)")]
    [InlineData(
        "runs = [{ name = a, model.layers = 4 }\n{ name = b, attack.liars = { kind = backdoor, of = a, stage = 1 } }]",
        "a.conf:2: attack.liars.of: expected a run with the model gpt2-nano, found a with gpt2-nano with 4 layers (run b)")]
    [InlineData(
        "training.blocks = [1, 2]\nattack.liars = { kind = no-step }",
        "a.conf:2: attack.liars.stage: expected 1 or 2, the blocks that are stepped .., found any (run base)")]
    [InlineData("attack.liars = { kind = liar }", "a.conf:1: attack.liars.kind: expected .. equivocate .., found liar")]
    [InlineData("attack.liars = { kind = frame, stage = middle }", "a.conf:1: attack.liars.stage: expected first, last, any .. 0 .. 1000, found middle")]
    [InlineData("attack.liars = { kind = frame, stage = [1, -1] }", "a.conf:1: attack.liars.stage: expected first, last, any .. 0 .. 1000, found -1")]
    [InlineData("attack.liars = { kind = frame, act = transfer }", "a.conf:1: attack.liars.act: expected .. forward, backward, sum, step, found transfer")]
    [InlineData("attack.liars = { kind = frame, with = next }", "a.conf:1: attack.liars.with: expected a setting of frame .., found next")]
    [InlineData("attack.liars = { kind = frame, rate = [1] }", "a.conf:1: attack.liars.rate: expected .. 0 .. 1 .., found a list")]
    [InlineData("attack.liars = { kind = frame, stge = 1 }", "a.conf:1: unknown setting attack.liars.stge .. attack.liars.stage")]
    [InlineData("\nattack.liars = { kind = no-step, stage = 4 }", "a.conf:2: attack.liars.stage: expected 0 to 3 .., found 4 (run base)")]
    [InlineData("attack.liars = { kind = equivocate, act = backward, over = jump }", "a.conf:1: attack.liars.over: expected neighbour, .., found jump (run base)")]
    [InlineData("attack.liars = { kind = deny, act = sum, stage = 1 }\nmodel.preset = llama-mini", "a.conf:1: attack.liars.act: expected forward or backward, .., found sum (run base)")]
    [InlineData("model.numerics = shapes\nattack.liars = { kind = no-step }", "a.conf:2: attack.liars: expected none, .., found no-step (run base)")]
    [InlineData(
        "defence.remedy = referee\nattack.forward = { kind = false-accusation, rate = 1 }",
        "a.conf:2: attack.forward.kind: expected .. frame .. attack.liars .., found false-accusation (run base)")]
    [InlineData(
        "defence { remedy = referee, copies = none, audit.share = 0.5 }\nattack.liars = { kind = frame }",
        "a.conf:2: attack.liars.kind: expected one that lies about no copy, .., found frame (run base)")]
    [InlineData(
        "defence { remedy = referee, copies = none, audit.share = 0.5 }\nattack.liars = { kind = deny, over = jump }",
        "a.conf:2: attack.liars.kind: expected one that lies about no copy, .., found deny (run base)")]
    [InlineData("attack.forward = { kind = sign-flip, rate = 1, stage = last }", "a.conf:1: attack.forward.stage: expected 0 to 2 .., found last (run base)")]
    [InlineData(
        "defence.copies = ring\nattack.backward = { kind = gaussian, rate = 1, stage = 0 }",
        "a.conf:2: attack.backward.stage: expected 1 to 3 (stages that send gradients), found 0 (run base)")]
    public void A_liar_that_cannot_be_is_refused(string text, string message) => Refusal.Like(message, _files.Refused(text));

    [Theory]
    [InlineData("defence.copies = ring\nattack.forward = { kind = sign-flip, rate = 1, stage = 0 }", 0)]
    [InlineData("defence.remedy = referee\nattack.forward = { kind = sign-flip, rate = 1, stage = 3 }", 3)]
    public void Ends_attack_where_copies_are_in_a_ring(string text, int stage)
    {
        var run = _files.Read(text).Runs[0];
        Assert.Equal(stage, run.Attack.Forward[0].Stage);
        Assert.Equal($"{stage}", (string)SettingsJson.Of(run.Effective)["attack"]!["forward"]!["stage"]!);
    }
}
