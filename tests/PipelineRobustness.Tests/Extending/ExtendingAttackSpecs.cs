using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Pipeline;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The attack of docs/extending/attack.md.</summary>
public sealed class ExtendingAttackSpecs : IDisposable
{
    private static readonly Rig Clean = new() { Layers = 4, Stages = 4, MicroBatches = 4, Iterations = 3, Remedy = "off" };
    private static readonly Attack Example = new EarlierMicroBatch { Rate = 1, Stage = 2, Delay = 2 };

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_page_s_lines_choose_the_example_in_an_experiment_and_it_attacks()
    {
        var attack = Assert.Single(_files.Read(Page.Hocon("attack.md")).Runs[0].Attack.Forward);
        Assert.Equal(new EarlierMicroBatch { Rate = 0.7, Stage = 2, Delay = 2 }, attack);
        Assert.NotEmpty((Clean with { Forward = [attack] }).Run().Attacks);
    }

    [Theory]
    [InlineData("kind = earlier-micro-batch, delay = 0", "a whole number from 1 to 1000")]
    [InlineData("kind = sign-flip, delay = 0", "a setting of sign-flip (kind, rate, stage, any, from, until)")]
    [InlineData("delay = 0, kind = sign-flip", "a setting of sign-flip (kind, rate, stage, any, from, until)")]
    [InlineData("delay = 0", "a whole number from 1 to 1000")]
    public void A_wrong_option_is_refused_by_the_kind_that_is_written_with_it(string entry, string expected) => Assert.Equal(
        $"a.conf:1: attack.forward.delay: expected {expected}, found 0", _files.Refused($"attack.forward = {{ {entry}, rate = 1 }}"));

    [Theory]
    [InlineData(Direction.Forward)]
    [InlineData(Direction.Backward)]
    public void The_example_sends_an_earlier_micro_batch_of_the_same_attempt(Direction direction)
    {
        var memory = new BehaviourMemory();
        var adversary = new Adversary(1, 4, [Example with { Direction = direction }]);
        float[] sent = [.. Enumerable.Range(0, 4).Select(microBatch => Sent(adversary, direction, memory, microBatch))];
        Assert.Equal([0, 1, 0, 1], sent);
        Assert.Equal([new(0, 0, direction, 2)], adversary.Events);
        memory.Clear();
        Assert.Equal(3, Sent(adversary, direction, memory, 3));
        memory.Clear();
    }

    [Fact]
    public void The_example_changes_the_weights_of_an_undefended_run()
    {
        var attacked = (Clean with { Forward = [Example] }).Run();
        Assert.NotEqual(Clean.Run().Hash, attacked.Hash);
        Assert.Equal(3, attacked.Attacks.Count);
    }

    [Theory]
    [InlineData(Direction.Forward)]
    [InlineData(Direction.Backward)]
    public void The_example_is_detected_in_every_iteration_and_changes_no_bit(Direction direction)
    {
        var before = LiveTensors.Count;
        var defended = Clean with { Remedy = "substitute", Copies = CopyPlacement.Middle };
        var attacked = (direction == Direction.Forward ? defended with { Forward = [Example] } : defended with { Backward = [Example] }).Run();
        Assert.Equal(Clean.Run().Hash, attacked.Hash);
        Assert.Equal(3, attacked.Detected.Count);
        Assert.Empty(attacked.FalseVerdicts);
        Assert.InRange(LiveTensors.Count, long.MinValue, before);
    }

    [Fact]
    public void The_example_s_option_is_a_setting_like_those_of_every_attack() =>
        Assert.Equal(["rate", "stage", "any", "from", "until", "delay"], SettingsSchema.Of(typeof(EarlierMicroBatch)).Settings.Select(setting => setting.Name));

    private static float Sent(Adversary adversary, Direction direction, BehaviourMemory memory, int microBatch)
    {
        using var honest = full([1], microBatch, dtype: ScalarType.Float32);
        var sent = adversary.Send(new SendContext(0, 0, 0, microBatch, direction, 2, Link.Neighbour, Memory: memory), honest);
        var value = sent.item<float>();
        if (!ReferenceEquals(sent, honest)) sent.Dispose();
        return value;
    }
}
