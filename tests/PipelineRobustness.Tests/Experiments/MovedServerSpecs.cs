using System.Text.Json.Nodes;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>
/// A server reports again what it reported before it moved or fell back, and a server that was only paused finds that another has
/// continued: the results are those of an undisturbed run.
/// </summary>
public sealed class MovedServerSpecs : IDisposable
{
    private const string Two =
        """
        training { iterations = 3, micro-batches = 2, sequence-length = 8 }
        defence.remedy = substitute
        runs = [{ name = a, attack.forward = { kind = sign-flip, rate = 1, stage = 1 } }, { name = b }]
        """;

    private static readonly RunEvent[] Story =
    [
        .. from i in Enumerable.Range(0, 3)
           let verdict = new Verdict(i, 0, 0, 0, Direction.Forward, 1, 2, 2)
           select FakePipeline.Committed(i, 3, TimeSpan.FromSeconds(i + 1), verdict) with
           {
               Notes = [AttackEvent.ToNote([new AttackEvent(i, 0, Direction.Forward, 1)])],
           },
        new Evaluated(3, 2, 10),
    ];

    private readonly ExperimentFiles _files = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task An_experiment_that_fell_back_has_the_same_events_and_results()
    {
        var one = await RunAsync("one", Telling(Story));
        var two = await RunAsync("two", Telling([.. Story[..2], .. Story[1..2], .. Story[..3], .. Story[2..], Story[3]]));
        Assert.Equal(Text("one", "events.jsonl"), Text("two", "events.jsonl"));
        Assert.Equal(new VerdictTally(3, 3, 0), two.Runs[0].Tally);
        RunResult Lasting(RunResult run) => run with { PeakMemory = null, Losses = [], Evaluations = [], SavingNotes = [], Settings = one.Runs[0].Settings };
        Assert.Equal(Lasting(one.Runs[0]), Lasting(two.Runs[0]));
        Assert.Equal(one.Runs[0].Losses, two.Runs[0].Losses);
        Assert.Equal(one.Runs[0].Evaluations, two.Runs[0].Evaluations);
    }

    [Fact]
    public async Task An_iteration_s_line_has_its_noted_attacks()
    {
        await RunAsync("one", Telling(Story));
        var line = Text("one", "events.jsonl").Split('\n').First(l => l.Contains("\"iteration\",\"iteration\":2", StringComparison.Ordinal));
        Assert.Equal("[{\"attempt\":0,\"direction\":\"forward\",\"stage\":1}]", JsonNode.Parse(line)!["attacks"]!.ToJsonString());
    }

    [Fact]
    public async Task Recoveries_are_counted_and_their_lines_change_no_result()
    {
        RunEvent[] mended = [new RecoveryBegan(1, "node-2 was lost"), new RecoveryEnded(1, "block 1", [new NodeId("node-1")], TimeSpan.FromSeconds(1))];
        RunEvent[] checkpoints = [new CheckpointWritten(2, null), new CheckpointWritten(3, "no space left")];
        await RunAsync("one", Telling(Story));
        var two = await RunAsync("two", Telling([.. Story[..1], .. mended, .. Story[1..2], .. mended, .. Story[2..], .. checkpoints]));
        Assert.Equal(2, two.Runs[0].Recoveries);
        Assert.Equal(2L, (long)JsonNode.Parse(Text("two", "experiment.json"))!["runs"]![0]!["recoveries"]!);
        var lines = Text("two", "events.jsonl").Split('\n');
        static bool OfTrouble(string line) => Kind(line) is "recovery" or "recovered" or "checkpoint";
        Assert.Equal(["recovery", "recovered", "recovery", "recovered", "checkpoint"], Of("a", lines).Where(OfTrouble).Select(Kind));
        Assert.Equal(Of("a", Text("one", "events.jsonl").Split('\n')), Of("a", lines).Where(l => !OfTrouble(l)));
    }

    /// <summary>During the first run another process claims the folder, resumes the experiment and ends; then the first process wakes.</summary>
    [Fact]
    public async Task A_paused_server_ends_quietly_and_harms_nothing()
    {
        await RunAsync("one", Telling(Story));
        string? after = null;
        var heard = new List<string>();
        var paused = Folder("two");
        Launch launch = async (run, observer, interrupt) =>
        {
            observer.Observe(Story[0]);
            observer.Observe(Story[1]);
            await GoOnAsync("two");
            after = Everything("two");
            heard.Add(run.Key.Name);
            observer.Observe(Story[2]);
            observer.Observe(Story[3]);
            return await Telling([])(run, observer, interrupt);
        };
        var lost = await Assert.ThrowsAsync<FolderTakenException>(() => new ExperimentRunner(launch, _clock).RunAsync(
            Experiment(), paused, "run a.conf", new SilentObserver(), CancellationToken.None));
        paused.Dispose();
        Assert.DoesNotContain('\n', lost.Message);
        Assert.Equal(["a"], heard);
        Assert.Equal(after, Everything("two"));
        Assert.Equal(Text("one", "events.jsonl"), Text("two", "events.jsonl"));
    }

    [Fact]
    public void A_folder_belongs_to_the_highest_ballot()
    {
        using var first = Folder("two");
        first.Claim("node-1", term: 4);
        using var second = ExperimentFolder.At(first.Root);
        second.Claim("node-2", term: 5);
        Assert.Throws<FolderTakenException>(() => first.Write(first.Json, "first"));
        Assert.Throws<FolderTakenException>(() => first.Claim("node-1", term: 4));
        first.Dispose();
        second.Write(second.Json, "second");
        Assert.Equal("second", Text("two", "experiment.json"));
        first.Claim();
        Assert.Throws<FolderTakenException>(second.ThrowIfLost);
        first.Dispose();
        Assert.False(File.Exists(Path.Combine(first.Root, "server")));
        Assert.Throws<FolderTakenException>(second.ThrowIfLost);
    }

    [Fact]
    public async Task A_run_whose_events_cannot_be_written_is_ended_and_marked_failed()
    {
        var stopped = new List<bool>();
        var pipeline = new FakePipeline();
        pipeline.Events["a"] = [Story[0], Story[2], Story[1]];
        pipeline.Events["b"] = Story[..1];
        var result = await RunAsync("two", (run, observer, interrupt) =>
        {
            var outcome = pipeline.LaunchAsync(run, observer, interrupt);
            stopped.Add(observer.Stops);
            return outcome;
        });
        Assert.Equal([true, false], stopped);
        Assert.Equal([RunStatus.Failed, RunStatus.Done], result.Runs.Select(r => r.Status));
        const string Why = "events of run a could not be kept: expected what follows iteration 1, counted from 1, found iteration 2";
        Assert.Contains(Why, result.Runs[0].Reason, StringComparison.Ordinal);
        Assert.Equal(["began", "verdict", "iteration"], Of("a", Text("two", "events.jsonl").Split('\n')).Select(Kind));
    }

    private static Launch Telling(RunEvent[] story)
    {
        var pipeline = new FakePipeline();
        pipeline.Events["a"] = story;
        return pipeline.LaunchAsync;
    }

    private static IEnumerable<string> Of(string run, IEnumerable<string> lines) =>
        lines.Where(l => l.StartsWith($"{{\"run\":\"{run}\"", StringComparison.Ordinal));

    private static string Kind(string line) => (string)JsonNode.Parse(line)!["event"]!;

    private PreparedExperiment Experiment() => PreparedExperiment.Prepare(_files.Read(Two));

    private ExperimentFolder Folder(string name) => ExperimentFolder.Open(Path.Combine(_files.Folder, name));

    private string Text(string folder, string file) => File.ReadAllText(Path.Combine(_files.Folder, folder, file));

    private string Everything(string folder) => string.Join('\n', Directory.GetFiles(Path.Combine(_files.Folder, folder), "*", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) != ".pipeline-robustness.lock")
        .Order(StringComparer.Ordinal).Select(file => $"{file} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}"));

    private async Task<ExperimentResult> RunAsync(string name, Launch launch)
    {
        using var folder = ExperimentFolder.Open(Path.Combine(_files.Folder, name));
        return await new ExperimentRunner(launch, _clock).RunAsync(Experiment(), folder, "run a.conf", new SilentObserver(), CancellationToken.None);
    }

    /// <summary>What the server's new process does: it claims the folder first, and then reads it.</summary>
    private async Task GoOnAsync(string name)
    {
        var experiment = Experiment();
        using var folder = ExperimentFolder.At(Path.Combine(_files.Folder, name));
        folder.Claim();
        await new ExperimentRunner(Telling(Story), _clock).RunAsync(
            experiment, folder, "run a.conf", new SilentObserver(), CancellationToken.None, EarlierResults.Read(experiment, folder));
    }
}
