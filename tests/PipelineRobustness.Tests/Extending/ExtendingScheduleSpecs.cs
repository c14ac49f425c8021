using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Pipeline;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The schedule of docs/extending/schedule.md.</summary>
public sealed class ExtendingScheduleSpecs
{
    private static readonly Rig Plain = new() { Layers = 4, Stages = 4, MicroBatches = 6, Iterations = 2 };

    private static readonly OneForwardOneBackward Example = new() { Stages = 4 };

    [Theory]
    [InlineData("off", CopyPlacement.None)]
    [InlineData("off", CopyPlacement.Ring)]
    [InlineData("substitute", CopyPlacement.Middle)]
    [InlineData("substitute", CopyPlacement.Ring)]
    [InlineData("restart", CopyPlacement.Ring)]
    public void The_example_trains_the_weights_of_a_plain_loop(string remedy, CopyPlacement copies)
    {
        var rig = Plain with { Schedule = Example, Remedy = remedy, Copies = copies, Forward = remedy == "off" ? [] : [Rig.Flip with { Rate = 0.5 }] };
        foreach (var interleaving in new ulong[] { 1, 2, 3 }) Assert.Equal(Plain.PlainLoop().Hash, rig.Simulate(interleaving).Hash);
    }

    [Fact]
    public void The_example_keeps_as_many_activations_as_it_says()
    {
        for (var stage = 0; stage < 4; stage++)
        {
            var (held, most) = (0, 0);
            foreach (var task in Example.Program(new StageShare(stage, 6)))
            {
                held += task.Kind == StageTaskKind.Forward ? 1 : -1;
                most = Math.Max(most, held);
            }

            Assert.Equal(Example.InFlight(stage, 4, 6), most);
        }
    }

    [Fact]
    public void The_example_works_as_gpipe_where_the_server_judges_the_forward_pass()
    {
        var share = new StageShare(1, 6, Copied: 0, ChecksGradients: true, IsGated: true);
        Assert.Equal(GPipe.Instance.Program(share), Example.Program(share));
    }
}
