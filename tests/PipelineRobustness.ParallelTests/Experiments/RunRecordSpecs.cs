using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A run's record has everything once, however often it is reported, and can be read back from any part of the file.</summary>
public sealed class RunRecordSpecs : IDisposable
{
    private static readonly AttackEvent Lie = new(2, 1, Direction.Forward, 1);

    // Three iterations; the last with two attempts, an attack that is noted twice, and verdicts of which one is false.
    private static readonly RunEvent[] Story =
    [
        FakePipeline.Committed(0, 3.25, TimeSpan.FromSeconds(1)),
        FakePipeline.Committed(1, double.NaN, TimeSpan.FromSeconds(2)),
        new Evaluated(2, 2.75, 10),
        FakePipeline.Committed(2, 2.5, TimeSpan.FromSeconds(3.5), Accused(0, 1), Accused(1, 1), Accused(1, 2)) with
        {
            Notes = [AttackEvent.ToNote([Lie]), AttackEvent.ToNote([Lie, Lie with { Act = Act.Backward }])],
        },
        new Evaluated(3, double.NaN, 10),
    ];

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Events_repeated_from_any_earlier_point_change_nothing() => Prop.ForAll<byte[]>(falls =>
    {
        var (once, again) = (new RunRecord(), new RunRecord());
        foreach (var occurrence in Story) once.Take(occurrence);
        var taken = 0;
        foreach (var fall in falls ?? [])
        {
            for (var i = taken > 0 ? fall % taken : 0; i <= Math.Min(taken, Story.Length - 1); i++)
                Assert.Equal(i == taken, again.Take(Story[i]));
            taken = Math.Min(taken + 1, Story.Length);
        }

        foreach (var occurrence in Story) again.Take(occurrence with { });
        return Shown(once) == Shown(again);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Attacks_are_counted_once_from_the_notes()
    {
        var record = new RunRecord();
        foreach (var occurrence in Story) record.Take(occurrence);
        Assert.Equal(new VerdictTally(Attacks: 2, Detected: 1, FalseVerdicts: 2), record.Tally);
    }

    [Fact]
    public void An_abandoned_iteration_counts_once_unless_committed_later()
    {
        var abandoned = new IterationAbandoned(1, 50, 3, 0, [Accused(0, 1) with { Iteration = 1 }], [AttackEvent.ToNote([Lie with { Iteration = 1 }])]);
        var record = new RunRecord();
        record.Take(Story[0]);
        Assert.True(record.Take(abandoned));
        Assert.False(record.Take(abandoned));
        Assert.Equal((52, 3, 1), (record.Totals.Attempts, record.Totals.Repeats, record.Tally.Attacks));
        var after = new RunRecord();
        after.Take(Story[0]);
        after.Take(Story[1]);
        Assert.False(after.Take(abandoned));
    }

    [Fact]
    public void A_gap_is_refused()
    {
        var record = new RunRecord();
        record.Take(Story[0]);
        Assert.Throws<InvalidDataException>(() => record.Take(Story[3]));
        Assert.Throws<InvalidDataException>(() => record.Take(Story[2]));
        Assert.Throws<InvalidDataException>(() => record.Take(FakePipeline.Committed(1, 2, default) with { Notes = [AttackEvent.ToNote([Lie])] }));
        Assert.Equal(1, record.Iterations);
    }

    [Fact]
    public void A_server_resuming_with_an_earlier_clock_loses_no_time()
    {
        var record = new RunRecord();
        record.Take(FakePipeline.Committed(0, 3, TimeSpan.FromSeconds(9)));
        record.Take(FakePipeline.Committed(1, 3, TimeSpan.FromSeconds(7)));
        Assert.Equal(TimeSpan.FromSeconds(9), record.Totals.TrainingTime);
    }

    /// <summary>Any part of the file that a killed process left is completed by its successor.</summary>
    [Fact]
    public void Any_prefix_of_the_file_is_completed_by_repeating_the_rest()
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "out"));
        var whole = Tell(folder, new RunRecord("identity"));
        var lines = whole.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var parts = Enumerable.Range(0, whole.Length).Select(length => whole[..length])
            .Concat(Enumerable.Range(1, lines.Length - 1).Where(i => !lines[i].Contains("evaluation", StringComparison.Ordinal))
                .Select(torn => string.Join('\n', lines.Where((_, i) => i != torn)) + "\n"))
            .Append(whole + lines[1] + "\n" + lines[^1] + "\n").Append(whole + "[]\n{}\n{\"run\":\"a\",\"event\":\"iteration\"}\n{\"run\":3}\n");
        foreach (var part in parts)
        {
            File.WriteAllText(folder.Events, part);
            var record = EventReader.Of(folder.Events).GetValueOrDefault("a") ?? new RunRecord("identity");
            Assert.Equal(whole, Tell(folder, record));
            Assert.Equal(new VerdictTally(2, 1, 2), record.Tally);
        }
    }

    [Fact]
    public void A_file_reads_back_as_the_events_it_was_given()
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "out"));
        var record = new RunRecord("identity");
        RunEvent[] errors = [new RecoveryBegan(3, "why"), new RecoveryEnded(3, "how", [new NodeId("node-1")], TimeSpan.FromSeconds(2))];
        Tell(folder, record, errors);
        var read = EventReader.Of(folder.Events)["a"];
        Assert.Equal(Shown(record), Shown(read));
        Assert.Equal(("identity", 1L), (read.Identity, read.Recoveries));
    }

    /// <summary>As if it had never gone on.</summary>
    [Fact]
    public void A_run_that_ends_at_an_earlier_finite_version_is_recorded_to_there()
    {
        var found = new NumberNotFinite(1, 0, NotFinitePart.Loss, "NaN");
        var abandoned = new IterationAbandoned(1, 1, 0, 0, [], []);
        Assert.True(Presets.TryGet("gpt2-nano", out var model));
        var run = new PreparedRun(_files.Read("runs = [{ name = a }]").Runs[0], model, null, null, null);
        var (once, direct) = Recorded("one", run, [Story[0]], [found, abandoned]);
        var (later, resumed) = Recorded("two", run, [Story[0], found, .. Story[1..]], [found, abandoned]);
        Assert.Equal((direct.Attempts, direct.TrainingTime), (resumed.Attempts, resumed.TrainingTime));
        Assert.Equal((1, 3, true), (resumed.Losses.Count, resumed.Attempts, resumed.NotFinite is not null));
        Assert.False(resumed.Diverged);
        Assert.Equal(direct.Tally, resumed.Tally);
        Assert.Equal(once, later);
    }

    [Fact]
    public void An_earlier_server_with_the_file_open_writes_to_an_unread_file()
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, "out"));
        using var paused = new EventLog(folder, new HashSet<string>());
        paused.Begin("a", "identity", []);
        using (var moved = new EventLog(folder, new HashSet<string> { "a" }))
            moved.Write("a", Story[0]);

        var before = File.ReadAllText(folder.Events);
        paused.Write("a", Story[0]);
        Assert.Equal(before, File.ReadAllText(folder.Events));
        Assert.Equal(2, before.Count(c => c == '\n'));
    }

    private (string Events, RunResult Result) Recorded(string name, PreparedRun run, RunEvent[] before, RunEvent[] now)
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, name));
        using var log = new EventLog(folder, new HashSet<string>());
        log.Begin("a", "identity", []);
        var record = new RunRecord("identity");
        foreach (var occurrence in before.Where(record.Take)) log.Write("a", occurrence);
        var told = new Listener();
        var recorder = new RunRecorder(run, record, log, told);
        foreach (var occurrence in now) recorder.Observe(occurrence);
        // Also where an earlier process recorded it.
        Assert.Single(told.Heard, occurrence => occurrence is NumberNotFinite);
        var result = recorder.Result(new RunOutcome(RunStatus.Failed, "why", 1, null, []));
        return (File.ReadAllText(folder.Events), result);
    }

    private static Verdict Accused(int attempt, int stage) => new(2, attempt, 0, 0, Direction.Forward, stage, stage + 1, 2);

    /// <summary>Adopts the file and reports all events from the beginning; those not yet recorded are added.</summary>
    private static string Tell(ExperimentFolder folder, RunRecord record, params RunEvent[] more)
    {
        var begun = EventReader.Of(folder.Events).ContainsKey("a");
        using (var log = new EventLog(folder, new HashSet<string> { "a" }))
        {
            if (!begun) log.Begin("a", record.Identity!, []);
            foreach (var occurrence in Story.Concat(more).Where(record.Take)) log.Write("a", occurrence);
        }

        return File.ReadAllText(folder.Events);
    }

    private static string Shown(RunRecord r) => string.Join(
        '\n', [string.Join(' ', r.Losses), string.Join(' ', r.Evaluations), string.Join(' ', r.Verdicts), r.Tally, r.Totals, r.Recoveries]);

    private sealed class Listener : IExperimentObserver
    {
        public List<RunEvent> Heard { get; } = [];

        public void Began(RunSettings run)
        {
        }

        public void Happened(RunSettings run, RunEvent occurrence) => Heard.Add(occurrence);

        public void Ended(RunResult result)
        {
        }
    }
}
