using System.Text.Json.Nodes;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Rulings in the event log and in the results of a run.</summary>
public sealed class RulingRecordSpecs : IDisposable
{
    private static readonly AttackEvent Lie = new(1, 0, Act.Sum, 2);
    private static readonly Ruling Conviction = ConvictionTallySpecs.Convicted(Lie);
    private static readonly Ruling Relay = ConvictionTallySpecs.Relayed(1, 1);

    private static readonly RunEvent[] Story =
    [
        Committed(0),
        new RulingMade(Conviction),
        new RulingMade(Relay),
        Committed(1) with { Attempts = 3, Notes = [AttackEvent.ToNote([Lie])], Rulings = [Conviction, Relay] },
        Committed(2),
    ];

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Rulings_stand_before_their_iteration_and_digests_in_it()
    {
        var lines = Log(Story).Lines;
        Assert.Equal(["began", "iteration", "ruling", "ruling", "iteration", "iteration"], lines.Select(line => (string?)line["event"]));
        Assert.Equal(
            """{"run":"a","event":"ruling","iteration":1,"attempt":0,"kind":"conviction","act":"sum","microBatch":null,"""
            + "\"stage\":2,\"seat\":0,\"node\":\"node-2\",\"evidence\":\"0000000000000000000000000000000700000000000000000000000000000008\",\"heard\":2}",
            lines[2].ToJsonString());
        Assert.Equal(
            """{"run":"a","event":"ruling","iteration":1,"attempt":1,"kind":"relay","act":"forward","microBatch":0,"""
            + "\"from\":1,\"to\":3,\"direction\":\"forward\",\"link\":\"jump\"}",
            lines[3].ToJsonString());
        Assert.Equal(
            """[2,"00000000000000000000000000000001",[{"attempt":0,"act":"sum","stage":2}]]""",
            new JsonArray(lines[4]["rulings"]!.DeepClone(), lines[4]["digests"]![0]!.DeepClone(), lines[4]["attacks"]!.DeepClone()).ToJsonString());
        Assert.Null(FirstLine(FakePipeline.Committed(0, 2, default))["digests"]);
    }

    /// <summary>Any part of the file that a killed process left is completed by its successor.</summary>
    [Fact]
    public void Any_prefix_of_the_file_is_completed_by_repeating_the_rest()
    {
        var (_, whole, result) = Log(Story);
        foreach (var length in Enumerable.Range(0, whole.Length))
        {
            using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, $"part-{length}"));
            File.WriteAllText(folder.Events, whole[..length]);
            var record = EventReader.Of(folder.Events).GetValueOrDefault("a") ?? new RunRecord("identity");
            var again = Tell(folder, record, Story);
            Assert.Equal(whole, File.ReadAllText(folder.Events));
            Assert.Equal((result.Refereed!.Tally, result.Attempts), (again.Refereed!.Tally, again.Attempts));
            Assert.Equal(result.Refereed!.Rulings, again.Refereed!.Rulings);
        }
    }

    [Fact]
    public void Results_count_rulings_and_are_read_back()
    {
        var result = Log(Story).Result;
        Assert.Equal(new ConvictionTally(1, 1, 0, 0, 0, 1, 1), result.Refereed!.Tally);
        Assert.Equal(["node-2"], result.Refereed!.Quarantined);
        Assert.Equal(1, result.Detected);
        var experiment = new ExperimentResult(_files.Read(Settings), "command", default, [result]);
        var json = ExperimentJson.Of(experiment)["runs"]![0]!.AsObject();
        string[] names = ["attacks", "detected", "averted", "missed", "falseConvictions", "hearings", "relayed", "quarantined"];
        Assert.Equal("""1 1 0 0 0 1 1 ["node-2"]""", string.Join(' ', names.Select(name => json[name]!.ToJsonString())));
        Assert.Equal(2, json["rulings"]!.AsArray().Count);
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "read"));
        var read = ResultJson.Read(result.Settings, JsonNode.Parse(json.ToJsonString())!.AsObject(), new RunRecord(), folder);
        Assert.Equal((result.Refereed!.Tally, "node-2"), (read.Refereed!.Tally, string.Join(' ', read.Refereed!.Quarantined)));
        Assert.Equal(result.Refereed!.Rulings, read.Refereed!.Rulings);
    }

    /// <summary>When an iteration is worked again, a transfer may be ruled on that nobody has ruled on before.</summary>
    [Fact]
    public void A_ruling_on_an_iteration_that_is_recorded_has_its_line_at_once()
    {
        var late = ConvictionTallySpecs.Convicted(Lie with { Iteration = 0, Act = Act.Transfer, Stage = 1 });
        var (lines, whole, result) = Log([.. Story, new RulingMade(late), new RulingMade(late), Committed(0) with { Rulings = [late] }]);
        Assert.Equal("transfer", (string?)lines[^1]["act"]);
        Assert.Equal(7, lines.Count);
        Assert.Equal([Conviction, Relay, late], result.Refereed!.Rulings);
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "again"));
        File.WriteAllText(folder.Events, whole);
        Assert.Equal(result.Refereed!.Rulings, EventReader.Of(folder.Events)["a"].Rulings);
    }

    /// <summary>A stage of a foreign process may send any.</summary>
    [Theory]
    [InlineData("nonsense")]
    [InlineData("sum 7 0 2")]
    [InlineData("sum -1 0 2")]
    public void A_note_that_tells_no_attack_of_its_iteration_does_not_count(string note)
    {
        var (lines, _, result) = Log([Committed(0) with { Notes = [note, AttackEvent.ToNote([Lie with { Iteration = 0 }])] }, Committed(1)]);
        Assert.Equal((2, 1), (lines.Count - 1, (int)result.Refereed!.Tally.Attacks));
    }

    /// <summary>What a stage is convicted of at the end belongs to no iteration that is recorded.</summary>
    [Fact]
    public void A_ruling_that_was_made_at_the_end_is_found_in_the_log()
    {
        var last = ConvictionTallySpecs.Convicted(Lie with { Iteration = 3, Act = Act.Transfer, Stage = 1 });
        var (_, whole, _) = Log([.. Story, new RulingMade(last)]);
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "end"));
        File.WriteAllText(folder.Events, whole);
        Assert.Equal([Conviction, Relay, last], EventReader.Read(folder.Events).RulingsOf("a"));
        Assert.Equal([Conviction, Relay], EventReader.Of(folder.Events)["a"].Rulings);
    }

    /// <summary>What was noted of the pass was done on an earlier seat.</summary>
    [Fact]
    public void A_later_seat_s_lie_in_the_same_attempt_is_another_attack()
    {
        var (sum, transfer) = (Lie with { Stage = 3 }, Lie with { Stage = 3, Act = Act.Transfer });
        var first = ConvictionTallySpecs.Convicted(sum);
        var second = ConvictionTallySpecs.Convicted(transfer);
        second = second with { Convicted = second.Convicted! with { Seat = 1 } };
        RunEvent[] story = [Committed(0), Committed(1) with { Attempts = 2, Notes = [AttackEvent.ToNote([sum])], Rulings = [first, second] }];
        var liars = "attack.liars = [{ kind = false-sum, stage = 3 }, { kind = false-state, end = receiver, stage = 3, seat = 1 }]";
        var result = Log(story, $"{Settings}\n{liars}").Result;
        Assert.Equal((2, 2, 0), (result.Refereed!.Tally.Attacks, result.Refereed.Tally.Detected, result.Refereed.Tally.FalseConvictions));
    }

    /// <summary>A stage notes its steps beforehand, even in an attempt that is thrown away; what it gives away it does not note.</summary>
    [Fact]
    public void The_seed_completes_what_a_convicted_stage_did_not_note()
    {
        var (step, transfer) = (Lie with { Act = Act.Step, Stage = 1 }, Lie with { Act = Act.Transfer, Stage = 3 });
        var liars = "attack.liars = [{ kind = false-digest, stage = 1 }, { kind = false-state, stage = 3 }, { kind = hide, stage = 3 }]";
        RunEvent[] story =
        [
            Committed(0) with { Notes = [AttackEvent.ToNote([step with { Iteration = 0 }])] },
            Committed(1) with
            {
                Attempts = 2,
                Notes = [AttackEvent.ToNote([step, step with { Attempt = 1 }])],
                Rulings = [ConvictionTallySpecs.Convicted(step with { Attempt = 1 }), ConvictionTallySpecs.Convicted(transfer with { Attempt = 1 })],
            },
        ];
        var (lines, _, result) = Log(story, $"{Settings}\n{liars}");
        Assert.Equal(
            """[{"attempt":1,"act":"step","stage":1},{"attempt":1,"act":"transfer","stage":3}]""",
            lines[^1]["attacks"]!.ToJsonString());
        Assert.Equal(new ConvictionTally(3, 2, 0, 1, 0, 2, 0), result.Refereed!.Tally);
    }

    /// <summary>Colluders were convicted when what they had told was committed: all went back, and it is worked again without it.</summary>
    [Fact]
    public void An_iteration_that_is_worked_again_without_a_lie_replaces_the_one_with_it()
    {
        var told = Committed(0) with { Loss = 9, Digests = [7, 7] };
        var (lines, text, result) = Log([told, new Evaluated(1, 9, 10), .. Story[1..3], Story[0], new Evaluated(1, 2, 10), .. Story[3..]]);
        Assert.Equal(["began", "iteration", "evaluation", "ruling", "ruling", "iteration", "iteration"], lines.Select(line => (string?)line["event"]));
        Assert.DoesNotContain("\"loss\":9", text, StringComparison.Ordinal);
        Assert.Equal([2, 2, 2], result.Losses.Select(point => point.Loss));
        Assert.Equal(2, Assert.Single(result.Evaluations).Loss);
        Assert.Equal([Conviction, Relay], result.Refereed!.Rulings);
    }

    private const string Settings = "defence.remedy = referee\nruns = [{ name = a }]";

    private static IterationCommitted Committed(long iteration) =>
        FakePipeline.Committed(iteration, 2, TimeSpan.FromSeconds(iteration)) with { Attempts = 1, Digests = [1, UInt128.MaxValue] };

    private static JsonObject FirstLine(RunEvent occurrence) => EventLine.Of(occurrence).First();

    private (IReadOnlyList<JsonObject> Lines, string Text, RunResult Result) Log(RunEvent[] story, string settings = Settings)
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, $"log-{story.Length}"));
        var result = Tell(folder, new RunRecord("identity"), story, settings);
        var text = File.ReadAllText(folder.Events);
        return ([.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())], text, result);
    }

    private RunResult Tell(ExperimentFolder folder, RunRecord record, IEnumerable<RunEvent> story, string settings = Settings)
    {
        Assert.True(Presets.TryGet("gpt2-nano", out var model));
        var run = new PreparedRun(_files.Read(settings).Runs[0], model, null, null, null);
        var begun = EventReader.Of(folder.Events).ContainsKey("a");
        using var log = new EventLog(folder, new HashSet<string> { "a" });
        if (!begun) log.Begin("a", record.Identity!, []);
        var recorder = new RunRecorder(run, record, log, new Silent());
        foreach (var occurrence in story) recorder.Observe(occurrence);
        return recorder.Result(new RunOutcome(RunStatus.Done, null, record.Iterations, null, []));
    }

    private sealed class Silent : IExperimentObserver
    {
        public void Began(RunSettings run)
        {
        }

        public void Resumes(RunSettings run, long iterations, long verdicts, TimeSpan trained)
        {
        }

        public void Happened(RunSettings run, RunEvent occurrence)
        {
        }

        public void Ended(RunResult result)
        {
        }
    }
}
