using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Pipeline;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The schedule of docs/extending/schedule.md.</summary>
public sealed class ExtendingScheduleSpecs
{
    private static readonly Rig Plain = new() { Layers = 4, Stages = 4, MicroBatches = 6, Iterations = 2 };

    private static readonly OneForwardOneBackward Example = new();

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
    public void A_plugged_in_schedule_is_what_header_plan_estimates_and_run_show()
    {
        using var files = new ExperimentFiles();
        var settings = files.Read("training.micro-batches = 8");
        var before = StageCost.Of(settings.Runs[0], PreparedExperiment.Outline(settings).Runs[0].Model);
        var schedule = new OneForwardOneBackward();
        settings = settings.WithEachRun(run => run with { Pipeline = run.Pipeline with { Schedule = schedule } });
        using var experiment = PreparedExperiment.Outline(settings);
        var run = experiment.Runs[0];
        Assert.Same(schedule, RunParts.Plan(run).Schedule);
        Assert.True(StageCost.Of(run.Settings, run.Model)[3].Activations < before[3].Activations);
        Assert.Contains("plugged in: schedule 1f1b", Header.Of(experiment, ExperimentFolder.At(files.Folder)));
        using var plan = new StringWriter();
        PlanCommand.Print(experiment, Consoles.Over(plan));
        Assert.Contains("schedule 1f1b; bubble 27.3 % (1f1b)", string.Join(' ', plan.ToString().Split()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_keeps_as_many_activations_as_it_says()
    {
        for (var stage = 0; stage < 4; stage++)
        {
            var (held, most) = (0, 0);
            foreach (var task in Example.Program(new StageShare(stage, 4, 6)))
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
        var share = new StageShare(1, 4, 6, Copied: 0, ChecksGradients: true, IsGated: true);
        Assert.Equal(GPipe.Instance.Program(share), Example.Program(share));
    }
}
