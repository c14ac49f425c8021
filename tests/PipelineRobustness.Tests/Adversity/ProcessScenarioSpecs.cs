using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Tests.Experiments;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>A process's share in a scenario: what is injected into it when, once, and never without a note.</summary>
public sealed class ProcessScenarioSpecs : IDisposable
{
    private static readonly Failure Crash = new Crash { Target = new(TargetKind.Stage, 1), At = new(3, IterationPhase.Backward, 1) };

    private readonly string _folder = Directory.CreateTempSubdirectory("struck").FullName;
    private readonly ManualClock _clock = new();
    private readonly FakeProcessControl _control;
    private readonly List<string> _said = [];

    public ProcessScenarioSpecs() => _control = new FakeProcessControl(_folder);

    private InjectionJournal Notes => new(_folder, _clock);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_fault_is_recorded_before_it_happens_on_time_and_to_its_target_only()
    {
        var stages = Stages(Crash);
        Work(stages, 3, Direction.Forward, 1);
        Work(stages, 3, Direction.Backward, 0);
        Work(stages, 3, Direction.Backward, 1, stage: 2);
        Work(stages, 2, Direction.Backward, 1);
        Assert.Empty(_control.Asked);
        Work(stages, 3, Direction.Backward, 1);
        Assert.Equal(["Kill itself"], _control.Asked);
        Assert.Equal(["event-1-crash"], _control.NotedByThen);
        Assert.Equal(["scenario: crash of stage 1 at iteration 3, backward, micro-batch 1"], _said);
        Assert.Equal("node-1\ncrash of stage 1 at iteration 3, backward, micro-batch 1\n", File.ReadAllText(Path.Combine(_folder, "event-1-crash")));
    }

    /// <summary>By another run's stages in this process, and by another process, which knows of the first only from its notes.</summary>
    [Fact]
    public void A_fault_happens_once_despite_retries_and_other_processes()
    {
        var here = Scenario("node-1", Crash);
        Work(Stages(here), 3, Direction.Backward, 1);
        Work(Stages(here), 3, Direction.Backward, 1);
        Work(Stages(Scenario("node-2", Crash)), 3, Direction.Backward, 1);
        Assert.Single(_control.Asked);
        Assert.Equal(1, Notes.Times(0, Crash));
    }

    [Fact]
    public void A_fault_hits_a_named_node_there_and_any_node_where_work_comes_first()
    {
        Failure[] events =
        [
            new Leave { Target = new(TargetKind.Node, Node: "node-2"), At = new(1) },
            new Partition { At = new(1), Lasts = TimeSpan.FromSeconds(3) },
        ];
        Work(Stages(Scenario("node-1", events)), 1);
        Assert.Equal(["drop for 3 s"], _control.Asked);
        Work(Stages(Scenario("node-2", events)), 1);
        Assert.Equal(["drop for 3 s", "Terminate itself"], _control.Asked);
    }

    [Fact]
    public void A_pause_ends_from_outside_and_a_server_fault_follows_the_server()
    {
        var stages = Stages(
            new Pause { Target = new(TargetKind.Stage, 1), At = new(0, IterationPhase.Prepared), Lasts = TimeSpan.FromSeconds(2) },
            new Crash { Target = new(TargetKind.Server), At = new(0, IterationPhase.Committed) });
        stages.BeforePrepared(0, 1);
        Assert.Equal(["continue after 2 s", "Stop itself"], _control.Asked);
        stages.BetweenIterations(1, 1, 1, []);
        Assert.Equal(2, _control.Asked.Count);
        Notes.EnterServer("node-7", ProcessMark.Own with { Began = "0" });
        stages.BetweenIterations(1, 1, 1, []);
        Assert.Equal(2, _control.Asked.Count);
        Notes.EnterServer("node-7", ProcessMark.Own);
        stages.BetweenIterations(1, 1, 1, []);
        Assert.Equal(["continue after 2 s", "Stop itself", "Kill itself"], _control.Asked);
        Assert.EndsWith("(node-7)", _said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_in_a_hearing_hits_the_stage_that_is_asked()
    {
        var stages = Stages(new Crash { Target = new(TargetKind.Stage, 1), At = new(2, IterationPhase.Hearing) });
        stages.BeforeShowing(2, 0);
        stages.BeforeShowing(1, 1);
        Assert.Empty(_control.Asked);
        stages.BeforeShowing(2, 1);
        Assert.Equal(["Kill itself"], _control.Asked);
    }

    [Fact]
    public void A_timed_event_hits_the_stage_that_works_next()
    {
        var (five, one) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
        var stages = Stages(new Hang { Target = new(TargetKind.Stage, 1), After = five, Lasts = one });
        Work(stages, 0);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Work(stages, 7);
        Assert.Empty(_control.Asked);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        Work(stages, 9, stage: 2);
        Work(stages, 9);
        Work(stages, 10);
        Assert.Equal(["idle 1 s"], _control.Asked);
    }

    /// <summary>With fewer than two other nodes, the event is skipped.</summary>
    [Fact]
    public void Deaths_at_a_rate_leave_at_least_one_survivor()
    {
        var stages = Stages(new Crash { Every = TimeSpan.FromSeconds(1) });
        Work(stages, 0);
        Notes.EnterNode("node-2", ProcessMark.Own);
        Notes.EnterNode("node-3", ProcessMark.Own with { Began = "0" });
        for (var iteration = 1; iteration < 50; iteration++) WorkLater(iteration);
        Assert.Empty(_control.Asked);
        Notes.EnterNode("node-3", ProcessMark.Own);
        for (var iteration = 50; iteration < 100; iteration++) WorkLater(iteration);
        Assert.InRange(_control.Asked.Count, 20, 50);

        void WorkLater(long iteration)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Work(stages, iteration);
        }
    }

    /// <summary>The time is drawn from the seed and is the same in all processes.</summary>
    [Fact]
    public void Another_seed_moves_events_drawn_at_a_rate()
    {
        var rate = new Scenario("s", [new FullDisk { Every = TimeSpan.FromSeconds(10), Lasts = TimeSpan.FromSeconds(1) }]);
        Assert.Equal(Times(1), Times(1));
        Assert.NotEqual(Times(1), Times(2));
        Assert.InRange(Times(1).Count, 70, 130);

        // The seconds, of 1,000 from the experiment's beginning, at which it was injected.
        List<int> Times(ulong seed)
        {
            Notes.Clear();
            var (stages, times) = (Stages(new ProcessScenario(rate, "node-1", seed, Notes, _control, _clock, _said.Add)), new List<int>());
            for (var second = 0; second < 1000; second++)
            {
                var before = _said.Count;
                Work(stages, second);
                if (_said.Count > before) times.Add(second);
                _clock.Advance(TimeSpan.FromSeconds(1));
            }

            return times;
        }
    }

    /// <summary>It reaches no instant, but events at a time affect it; time counts from the first work of any node.</summary>
    [Theory]
    [InlineData(TargetKind.Node)]
    [InlineData(TargetKind.AnyNode)]
    public void A_node_without_stages_is_a_target_as_well(TargetKind kind)
    {
        Notes.EnterNode("node-5", ProcessMark.Own);
        var crash = new Crash { Target = new(kind, Node: "node-5"), After = TimeSpan.FromSeconds(5) };
        var hang = new Hang { Target = crash.Target, After = crash.After, Lasts = TimeSpan.FromSeconds(1) };
        Scenario("node-5", crash, hang).Joined();
        _clock.Advance(TimeSpan.FromSeconds(9));
        Work(Stages(Scenario("node-1", crash with { Target = new(TargetKind.Node, Node: "node-5") }, hang)), 0);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(_control.Asked);
        _clock.Advance(TimeSpan.FromSeconds(0.4));
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(["Kill itself"], _control.Asked);
    }

    [Fact]
    public void Records_of_another_scenario_are_not_mistaken_for_this_one_s()
    {
        Failure[] before = [new Hang { At = new(1), Lasts = TimeSpan.FromSeconds(1) }, new Crash { At = new(2) }];
        Assert.True(Notes.TryNote(0, 0, before[0], "node-1"));
        File.WriteAllText(Path.Combine(_folder, "event-2-crash"), "");
        Notes.ThrowIfOfAnother(new Scenario("before", before));
        var edited = new Scenario("edited", [before[0] with { At = new(3) }, before[1]]);
        Assert.Equal(
            $"{Path.Combine(_folder, "event-1-hang")}: expected a note of the scenario edited, found one of another: {before[0]}",
            Assert.Throws<BadInputException>(() => Notes.ThrowIfOfAnother(edited)).Message);
        Notes.Clear();
        Notes.ThrowIfOfAnother(edited);
        Assert.True(Notes.TryNote(0, 0, before[0], "node-1"));
    }

    [Fact]
    public void A_slow_stage_takes_a_multiple_of_its_processor_time_for_a_while()
    {
        var nine = TimeSpan.FromSeconds(9);
        var stages = Stages(new Slow { Target = new(TargetKind.Stage, 1), At = new(1), Factor = 4, Lasts = nine });
        Work(stages, 0);
        _control.ThreadTime += TimeSpan.FromSeconds(1);
        Work(stages, 1);
        _control.ThreadTime += TimeSpan.FromSeconds(2);
        Work(stages, 2);
        _clock.Advance(TimeSpan.FromSeconds(10));
        _control.ThreadTime += TimeSpan.FromSeconds(1);
        Work(stages, 3);
        Assert.Equal(["idle 3 s", "idle 6 s"], _control.Asked);
    }

    [Fact]
    public void Corruption_changes_bits_once_in_sent_tensors_and_in_stored_state()
    {
        var stages = Stages(
            new Corrupt { Target = new(TargetKind.Stage, 1), Part = CorruptedPart.Activation, At = new(0) },
            new Corrupt { Target = new(TargetKind.Stage, 1), Part = CorruptedPart.Moment, At = new(0, IterationPhase.Committed) });
        using var honest = ones(8);
        var context = new SendContext(0, 0, 0, 0, Direction.Forward, 1, Link.Neighbour);
        using var first = stages.Send(context, honest);
        Assert.Equal(7, first.eq(honest).sum().item<long>());
        Assert.Same(honest, stages.Send(context, honest));
        using var weight = ones(4);
        using var moment = ones(4);
        using var second = ones(4);
        stages.BetweenIterations(1, 1, 1, [weight, moment, second]);
        Assert.Equal(4, weight.eq(1).sum().item<long>());
        Assert.Equal(7, moment.eq(1).sum().item<long>() + second.eq(1).sum().item<long>());
    }

    [Fact]
    public void A_full_disk_affects_every_node_until_it_ends()
    {
        var full = new FullDisk { At = new(1), Lasts = TimeSpan.FromSeconds(30) };
        var (here, there) = (Scenario("node-1", full), Scenario("node-2", full));
        string? error = null;
        var disk = there.Over(new RunPorts { Store = new Disk() }).Store!;
        Work(Stages(here), 0);
        disk.Seal(null!, found => error = found);
        Assert.Null(error);
        Work(Stages(here), 1);
        disk.Seal(null!, found => error = found);
        Assert.Equal("No space left on device", error);
        _clock.Advance(TimeSpan.FromSeconds(31));
        disk.Seal(null!, found => error = found);
        Assert.Null(error);
    }

    [Fact]
    public void An_out_of_memory_fault_throws_in_the_stage_it_hits() => Assert.Throws<InsufficientMemoryException>(() => Work(
        Stages(new OutOfMemory { Target = new(TargetKind.Stage, 1), At = new(0) }), 0));

    public static TheoryData<Failure, string> Impossible => new()
    {
        { new Duplicate { At = new(1) }, "duplicate of any node at iteration 1, forward: expected a failure that can be injected" },
        { new Delay { Lasts = default, At = new(1) }, "delay of any node at iteration 1, forward: expected a failure that can be injected" },
        { new Reorder { Lasts = default, Count = 1, At = new(1) }, "reorder of any node at iteration 1, forward: expected a failure that can be injected" },
        { new Lose { At = new(1) }, "lose of any node at iteration 1, forward: expected a failure that can be injected" },
        { new Leave { Target = new(TargetKind.Server), At = new(1) }, "leave of the server at iteration 1, forward: expected a stage" },
        { new Pause { Lasts = default, At = new(1) }, "pause of any node at iteration 1, forward: expected how long it lasts (for = ...), found" },
        { new Slow { Factor = 0.5, Lasts = default, At = new(1) }, "slow of any node (factor 0.5) at iteration 1, forward: expected a factor above 1" },
    };

    [Theory, MemberData(nameof(Impossible))]
    public void A_fault_that_no_real_process_can_have_is_refused_by_name(Failure failure, string message)
    {
        var refusal = Assert.Throws<BadInputException>(() => ProcessRules.ThrowIfImpossible(new Scenario("s", [Crash, failure])));
        Assert.StartsWith($"s: {message}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_is_identified_by_its_start_time()
    {
        Assert.True(ProcessMark.Own.IsAlive);
        Assert.Equal(ProcessMark.Own, ProcessMark.Read($"{ProcessMark.Own}"));
        Assert.False((ProcessMark.Own with { Began = "1" }).IsAlive);
        Assert.False((ProcessMark.Own with { Machine = "elsewhere" }).IsAlive);
        Assert.Null(ProcessMark.Read("half"));
    }

    private static void Work(IStageBehaviour stages, long iteration, Direction direction = Direction.Forward, int microBatch = 0, int stage = 1) =>
        stages.BeforeWork(new WorkContext(iteration, 0, 0, microBatch, direction, stage, stage));

    private static IStageBehaviour Stages(ProcessScenario scenario) => scenario.Over(new RunPorts()).Behaviour;

    private IStageBehaviour Stages(params Failure[] events) => Stages(Scenario("node-1", events));

    private ProcessScenario Scenario(string node, params Failure[] events) => new(new Scenario("s", events), node, 1, Notes, _control, _clock, _said.Add);

    private sealed class Disk : IStore
    {
        public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done) => done(null, null);

        public void Seal(CheckpointManifest manifest, Action<string?> done) => done(null);

        public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => [];

        public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => throw new InvalidOperationException("nothing was written");
    }
}
