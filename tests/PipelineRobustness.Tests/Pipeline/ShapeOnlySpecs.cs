using PipelineRobustness.Adversity.Disks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Without tensors the same actors do the same at the same instants.</summary>
public sealed class ShapeOnlySpecs
{
    private static readonly Rig Small = new() { Layers = 5, Stages = 5, MicroBatches = 3, Iterations = 4, RetriesMax = 5 };

    public static TheoryData<CopyPlacement, bool> Runs => new()
    {
        { CopyPlacement.None, true }, { CopyPlacement.Middle, true }, { CopyPlacement.Ring, true }, { CopyPlacement.Ring, false },
    };

    [Theory, MemberData(nameof(Runs))]
    public void Commits_and_bytes_moved_equal_those_with_tensors(CopyPlacement copies, bool tied)
    {
        var rig = Small with { Copies = copies, Tied = tied };
        var real = Commits(rig, Numerics.Torch);
        Assert.Equal(4, real.Count);
        Assert.Equal(real, Commits(rig, Numerics.Shapes));
    }

    /// <summary>A machine dies in mid-iteration: lost blocks come from their other holder, and all are as often stepped as before.</summary>
    [Fact]
    public void Recovery_is_the_same_as_with_tensors()
    {
        var rig = Small with { Copies = CopyPlacement.Ring };
        var crash = new Crash { Target = new(TargetKind.Stage, 2), At = new(2, IterationPhase.Backward, 1) };
        Assert.Equal(Commits(rig, Numerics.Torch, crash), Commits(rig, Numerics.Shapes, crash));
    }

    /// <summary>Twice in the same iteration.</summary>
    [Theory]
    [InlineData(Numerics.Shapes)]
    [InlineData(Numerics.Torch)]
    public void Work_for_servers_that_died_is_lost(Numerics numerics)
    {
        var rig = Small with { Copies = CopyPlacement.Ring };
        var crash = new Crash { Target = new(TargetKind.Server), At = new(2, IterationPhase.Backward, 1) };
        var (calm, played) = (Worked(rig, numerics), Worked(rig, numerics, crash, crash with { At = new(2, IterationPhase.Backward, 2) }));
        Assert.Equal((calm.Own, calm.Copies, TimeSpan.Zero), (played.Own, played.Copies, calm.Lost));
        Assert.True(played.Lost > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    public void A_fall_back_to_a_checkpoint_takes_the_time_of_its_bytes(double blocking)
    {
        var rig = Small with { CheckpointEvery = 2, Iterations = 6 };
        var crash = new Crash { Target = new(TargetKind.Stage, 2), At = new(3, IterationPhase.Backward, 1) };
        var free = Elapsed(rig, new DiskPlan(1e15, blocking));
        var slow = Elapsed(rig, new DiskPlan(1e6, blocking));
        Assert.Equal(blocking > 0, slow > free);
        var log = new EventLog();
        using var end = Simulate(rig, Numerics.Shapes, log, new DiskPlan(1e15), crash);
        Assert.Equal(RunStatus.Done, end.Outcome?.Status);
        Assert.Equal([0, 1, 2, 2, 3, 4, 5], log.Events.OfType<IterationCommitted>().Select(c => c.Iteration));
        Assert.All(end.Outcome!.FinalState, block => Assert.Empty(block.Parameters));
    }

    [Fact]
    public void Shape_only_runs_compare_nothing()
    {
        var plan = (Small with { Remedy = "substitute" }).Plan with { Numerics = Numerics.Shapes };
        var refused = Assert.Throws<BadInputException>(plan.Validate);
        Assert.StartsWith("defence.remedy: expected off", refused.Message, StringComparison.Ordinal);
    }

    private static TimeSpan Elapsed(Rig rig, DiskPlan disk)
    {
        using var end = Simulate(rig, Numerics.Shapes, new EventLog(), disk);
        return end.Elapsed;
    }

    private static StageTime Worked(Rig rig, Numerics numerics, params Failure[] failures)
    {
        var meter = new WorkMeter();
        using var end = Simulate(rig, numerics, new EventLog(), null, meter, failures);
        Assert.Equal(RunStatus.Done, end.Outcome?.Status);
        return Enumerable.Range(0, rig.Stages).Select(stage => meter.Of(stage, rig.Iterations)).Aggregate((sum, stage) => sum + stage);
    }

    private static List<(long Iteration, TimeSpan At, long Bytes)> Commits(Rig rig, Numerics numerics, params Failure[] failures)
    {
        var clock = new Clock();
        using var end = Simulate(rig, numerics, clock, null, failures);
        Assert.Equal(RunStatus.Done, end.Outcome?.Status);
        return clock.Commits;
    }

    private static SimulationEnd Simulate(Rig rig, Numerics numerics, IRunObserver observer, DiskPlan? disk, params Failure[] failures) =>
        Simulate(rig, numerics, observer, disk, null, failures);

    private static SimulationEnd Simulate(
        Rig rig, Numerics numerics, IRunObserver observer, DiskPlan? disk, WorkMeter? meter, params Failure[] failures)
    {
        return new MachineRun
        {
            Spec = rig.Spec(new RunPorts()) with { Plan = rig.Plan with { Numerics = numerics } },
            Cost = new ComputeCost(rig.Model, rig.Stages, rig.MicroBatchSize, 8, 1e6),
            Network = NetworkPlan.World with { Jitter = 0 },
            Failures = failures,
            Meter = meter,
            Store = disk is null ? null : machines => new VirtualDisk(disk, machines),
            Observer = observer,
            Begun = (machines, network) =>
            {
                if (observer is Clock clock) (clock.Now, clock.Network) = (() => machines.Now, network);
            },
        }.Simulate();
    }

    private sealed class Clock : IRunObserver
    {
        public List<(long, TimeSpan, long)> Commits { get; } = [];

        public Func<TimeSpan> Now { get; set; } = () => TimeSpan.Zero;

        public VirtualNetwork? Network { get; set; }

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IterationCommitted commit) Commits.Add((commit.Iteration, Now(), Network!.BytesMoved));
        }
    }
}
