using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Pipeline;
using EventLog = PipelineRobustness.Tests.Pipeline.EventLog;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The detector of docs/extending/detector.md, which needs no copy and has a state.</summary>
public sealed class ExtendingDetectorSpecs : IDisposable
{
    private static readonly RangeDetector Example = new() { Factor = 3, WarmUp = 2 };

    private static readonly Rig Watched = new()
    {
        Layers = 4,
        Stages = 4,
        MicroBatches = 2,
        Iterations = 4,
        Remedy = "observe",
        Copies = CopyPlacement.Ring,
        Detector = Example,
        RetriesMax = 5,
    };

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<string, int> Deaths
    {
        get
        {
            var all = new TheoryData<string, int>();
            foreach (var moment in new[] { FaultMoment.Work, FaultMoment.Prepared, FaultMoment.Committed })
            {
                for (var stage = 0; stage < Watched.Stages; stage++) all.Add($"{moment}", stage);
            }

            return all;
        }
    }

    [Fact]
    public void The_example_finds_an_attack_without_copies()
    {
        var rig = Watched with { Copies = CopyPlacement.None };
        var run = (rig with { Behaviour = Faults.At(2, 1).Forward.Over(Link.Neighbour).Send(value => value * 100) }).Run();
        Assert.Contains(run.Verdicts, verdict => (verdict.Iteration, verdict.Direction, verdict.Suspect, verdict.NoticedBy) == (2, Direction.Forward, 1, 2));
        Assert.Empty(rig.Run().Verdicts);
    }

    [Fact]
    public void A_detector_without_copies_checks_both_neighbours_of_every_stage()
    {
        var run = (Watched with { Copies = CopyPlacement.None, Detector = new RangeDetector { Factor = 1, WarmUp = 0 }, Iterations = 1 }).Run();
        var pairs = run.Verdicts.Select(verdict => (verdict.Direction, verdict.Suspect, verdict.NoticedBy)).Distinct().Order();
        Assert.Equal(
            [
                (Direction.Forward, 0, 1), (Direction.Forward, 1, 2), (Direction.Forward, 2, 3),
                (Direction.Backward, 1, 0), (Direction.Backward, 2, 1), (Direction.Backward, 3, 2),
            ],
            pairs);
        Assert.Equal((Watched with { Iterations = 1 }).PlainLoop().Hash, run.Hash);
    }

    [Fact]
    public void The_page_s_lines_choose_the_example_for_header_plan_estimates_report_and_run()
    {
        var settings = _files.Read($"{Page.Hocon("detector.md")}\nruns = [{{ name = one }}, {{ name = two, seed = 2 }}]");
        using var experiment = PreparedExperiment.Outline(settings);
        var run = experiment.Runs[0];
        Assert.Equal(new RangeDetector { Factor = 4 }, RunParts.Plan(run).Detector);
        Assert.All(StageCost.Of(run.Settings, run.Model), stage => Assert.Null(stage.CopyOf));
        var header = string.Join('\n', Header.Of(experiment, ExperimentFolder.At(_files.Folder)));
        Assert.Contains("copies none, detector range (factor 4)\n", header, StringComparison.Ordinal);
        using var plan = new StringWriter();
        PlanCommand.Print(experiment, Consoles.Over(plan));
        Assert.Contains("copies none; detector range (factor 4); bubble", string.Join(' ', plan.ToString().Split()), StringComparison.Ordinal);
        var report = RunDescription.Of(settings).ToString();
        Assert.Contains("observe, none", report, StringComparison.Ordinal);
        Assert.Contains("range (factor 4)", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_another_detector_plugged_in_is_not_the_same_run()
    {
        var plain = PreparedExperiment.Outline(_files.Read("defence.remedy = observe\ndefence.copies = ring")).Runs[0];
        var plugged = plain.Settings with { Defence = plain.Settings.Defence with { Detector = Example } };
        Assert.Empty(RunIdentity.Differences(plain with { Settings = plugged }, RunIdentity.Content(plain with { Settings = plugged })));
        Assert.Equal(
            "plugged-in = none, now detector range",
            Assert.Single(RunIdentity.Differences(plain with { Settings = plugged }, RunIdentity.Content(plain))));
        var worked = RunIdentity.Written(plugged with { Effective = _files.Read("pipeline.wait-report = 7s").Runs[0].Effective });
        Assert.Same(Example, RunIdentity.AsRecorded(plugged, worked).Defence.Detector);
    }

    [Theory, MemberData(nameof(Deaths))]
    public void A_state_survives_the_death_of_its_stage(string moment, int stage)
    {
        var states = States(Watched, Faults.At(2, stage).In(Enum.Parse<FaultMoment>(moment)), run => run.Kill(new NodeId($"node-{stage + 1}")));
        Assert.Equal(States(Watched), states);
    }

    [Theory, MemberData(nameof(Deaths))]
    public void A_state_survives_the_death_of_the_server(string moment, int stage)
    {
        var states = States(Watched, Faults.At(2, stage).In(Enum.Parse<FaultMoment>(moment)), run =>
        {
            run.KillServer();
            run.Serve();
        });
        Assert.Equal(States(Watched), states);
    }

    [Fact]
    public void A_state_survives_all_nodes_in_a_checkpoint()
    {
        using var files = new ExperimentFiles();
        var rig = Watched with { CheckpointEvery = 2, Iterations = 5 };
        var states = States(
            rig, Faults.At(3, 1), run =>
            {
                run.Kill(new NodeId("node-2"));
                run.Kill(new NodeId("node-3"));
            },
            new CheckpointStore(files.Folder, keep: 2));
        Assert.Equal(States(rig), states);
    }

    [Fact]
    public void A_state_survives_a_server_that_dies_before_it_connects_the_stages()
    {
        using var files = new ExperimentFiles();
        var rig = Watched with { CheckpointEvery = 2, Iterations = 5 };
        var isLost = false;
        var states = States(
            rig, Faults.At(3, 1), run =>
            {
                run.Kill(new NodeId("node-2"));
                run.Kill(new NodeId("node-3"));
            },
            new CheckpointStore(files.Folder, keep: 2),
            (run, message) =>
            {
                if (message is not StageAddresses { Ballot: { Counter: > 1, Node.Name: "server-1" } }) return false;
                if (!isLost)
                {
                    run.KillServer();
                    run.Serve();
                }

                return isLost = true;
            });
        Assert.True(isLost);
        Assert.Equal(States(rig), states);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    public void A_run_resumed_over_other_stages_begins_with_empty_states(int stages)
    {
        using var files = new ExperimentFiles();
        SimulatedWorld? world = null;
        var rig = Watched with { Layers = 6, CheckpointEvery = 2, Iterations = 5 };
        var end = Faults.At(3, 1).Once.Do(() => world!.Abandon());
        var first = new RunPorts { Behaviour = end, Store = new CheckpointStore(files.Folder, keep: 2) };
        SimulatedRun.Run(1, rig.Spec(first), new EventLog(), rig.Stages, rig.Stages, (_, w) => world = w)?.Dispose();
        var commits = new CommittedStates();
        var resumed = (rig with { Stages = stages }).Spec(new RunPorts { Transport = commits, Store = new CheckpointStore(files.Folder, keep: 2) });
        using var outcome = SimulatedRun.Run(1, resumed, new EventLog(), stages, room: 1, script: null);
        Assert.Equal((RunStatus.Done, null), (outcome?.Status, outcome?.Reason));
        Assert.Equal([3, 4, 5], commits.States.Keys.Order());
        Assert.All(commits.States.Values, states => Assert.Equal(stages, states.Split(' ').Length));
    }

    [Fact]
    public void A_retry_begins_with_the_state_of_the_last_commit() =>
        Assert.Equal(States(Watched), States(Watched, Faults.At(2, 1).Backward, _ => throw new InvalidOperationException("out of memory")));

    [Fact]
    public void An_abandoned_attempt_leaves_no_state()
    {
        var rig = Watched with { Remedy = "restart" };
        var attacked = rig with { Behaviour = Faults.At(2, 1).Attempt(0).MicroBatch(1).Forward.Send(value => value * 100) };
        Assert.Equal(States(rig), States(attacked));
        Assert.Contains(attacked.Simulate(1).Committed, commit => commit is { Iteration: 2, Attempts: 2 });
    }

    [Fact]
    public void A_state_above_the_limit_ends_the_run_and_is_named()
    {
        var run = (Watched with { Detector = new Hoarding(), RetriesMax = 0 }).Simulate(1);
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Contains("detector hoarding of stage", run.Reason, StringComparison.Ordinal);
        Assert.Contains($"expected a state of at most {DetectorState.BytesMost} bytes", run.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("substitute")]
    [InlineData("skip")]
    [InlineData("skip-with-server")]
    public void A_remedy_that_needs_copies_is_refused_with_the_example(string remedy)
    {
        var refused = Assert.Throws<BadInputException>(() => (Watched with { Remedy = remedy }).Plan.Validate());
        Assert.StartsWith("defence.remedy: expected", refused.Message, StringComparison.Ordinal);
    }

    // For each committed iteration, in words: the memory of every detector.
    private static List<string> States(
        Rig rig, FaultPoint? at = null, Action<RunSystem>? harm = null, IStore? store = null, Func<RunSystem, object, bool>? loses = null)
    {
        RunSystem? system = null;
        var fault = at?.Once.Do(() => harm!(system!));
        var commits = new CommittedStates { Loses = message => loses?.Invoke(system!, message) == true };
        var ports = new RunPorts { Behaviour = fault ?? rig.Behaviour ?? HonestBehaviour.Instance, Transport = commits, Store = store };
        using var outcome = SimulatedRun.Run(1, rig.Spec(ports), new EventLog(), nodes: rig.Stages, room: rig.Stages, (run, _) => system = run);
        Assert.Equal((RunStatus.Done, null), (outcome?.Status, outcome?.Reason));
        Assert.NotEqual(false, fault?.Happened);
        return [.. commits.States.OrderBy(state => state.Key).Select(state => $"{state.Key}: {state.Value}")];
    }

    private sealed class Hoarding : IDetector, IDetectorState
    {
        public string Name => "hoarding";

        public bool NeedsCopy => false;

        public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) => this;

        public Finding? Inspect(in Observation observation, IDetectorState state) => null;

        public byte[] Save() => new byte[DetectorState.BytesMost + 1];
    }
}
