using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>
/// Whole recoveries, line by line, as documentation: the files in the folder <c>Transcripts</c>. <c>REWRITE_GOLDEN=1</c> rewrites
/// them; then review the changes.
/// </summary>
public sealed class RecoveryTranscriptSpecs
{
    private const string Folder = "tests/PipelineRobustness.ParallelTests/Pipeline/Server/Transcripts";

    private static readonly Dictionary<string, (string Title, Action<Script> Run)> Scripts = new()
    {
        ["a-run"] = ("A run of two iterations begins, is evaluated, and ends.", run =>
        {
            run.Begin(plan => plan with { Training = plan.Training with { Iterations = 2 } }, fromTheStart: true);
            run.World.Deliver();
        }
        ),
        ["a-node-dies"] = ("A node dies in the middle of an iteration. Its blocks come from their other holders; the iteration is repeated.", run =>
        {
            run.Begin(spares: 1);
            run.Until<Prepared>(iteration: 1);
            run.Say("node-2 dies");
            run.World.Kill(2);
            run.UntilIteration(2);
        }
        ),
        ["a-node-dies-in-a-commit"] = (
            "A node dies when one stage has stepped and the others have not yet. "
            + "They get the same commit: forward, never back.", run =>
        {
            run.Begin(spares: 1);
            run.World.Loses = (order, stage) => order is Commit { Work.Iteration: 1 } && stage.Number > 0;
            run.Until<Committed>(iteration: 1);
            run.Say("the commit reaches stage 0 alone, and node-2 dies");
            run.World.Loses = (_, _) => false;
            run.World.Kill(2);
            run.UntilIteration(2);
        }
        ),
        ["two-neighbours-die"] = ("Two ring neighbours die at once: a block has no holder, so all go back to the newest checkpoint.", run =>
        {
            run.Begin(
                plan => plan with { Training = plan.Training with { Iterations = 5 }, Checkpoint = plan.Checkpoint with { Every = 2 } },
                spares: 2, hasStore: true);
            run.Until<Prepared>(iteration: 3);
            run.Say("node-2 and node-3 die");
            run.World.Silence(3);
            run.World.Kill(2);
            run.World.Kill(3);
            run.UntilIteration(3);
        }
        ),
        ["another-server"] = (
            "The server dies after a commit was sent. "
            + "Another takes over from what the stages know, and the one before it, which was only paused, ends.", run =>
        {
            run.Begin();
            run.Until<Committed>(iteration: 1);
            run.Say("another server begins");
            var before = run.World.TakeOver();
            run.UntilIteration(2);
            run.Say("the first server hears of it");
            run.Step(before, new Superseded(before.Ballot, run.World.Server.Ballot));
        }
        ),
        ["no-room"] = ("A node dies and no other has room for its stage. A node joins, and the run resumes.", run =>
        {
            run.Begin();
            run.Until<Prepared>(iteration: 1);
            run.Say("node-2 dies");
            run.World.Kill(2);
            run.World.Deliver();
            run.Say("node-4 joins");
            run.World.Join(4);
            run.UntilIteration(2);
        }
        ),
        ["a-message-is-lost"] = ("A message is lost, so that all stages wait for each other. Once all have said so, the iteration is repeated.", run =>
        {
            run.Begin(plan => plan with { LosesMessages = true, Recovery = plan.Recovery with { RetryAfter = TimeSpan.FromSeconds(10) } });
            run.Until<Prepared>(iteration: 1);
            run.Say("what the stages have sent is lost; after 20 s all say that they have waited for 15");
            run.World.LoseAll();
            run.World.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(10));
            run.World.AllWait(TimeSpan.FromSeconds(15));
            run.World.Deliver();
            run.World.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(1));
            run.UntilIteration(2);
        }
        ),
        ["a-changed-state"] = (
            "The weights of a stage change by themselves. "
            + "Original and copy report other gradients, the state digests say which holder is right, and the attempt is repeated.", run =>
        {
            run.Begin();
            run.Say("the state of block 1 on stage 1 changes, and with it the gradient");
            run.World.Stage(1).Own = 777;
            run.World.Stage(1).Gradient = block => run.World.Stage(1).Own == 777 && block == 1 ? 9 : block;
            run.UntilIteration(2);
        }
        ),
        ["a-suspect"] = (
            "A detector finds that a stage sent another value than it computed. "
            + "Under restart the iteration is worked again in another attempt.", run =>
        {
            run.Begin(plan => plan with { Defence = plan.Defence with { Remedy = "restart" } });
            run.World.Finds = (work, direction, stage) => work is { Iteration: 1, Attempt: 0 } && direction == Direction.Forward && stage == 2
                ? [new Verdict(1, 0, 0, 0, direction, 1, 2, 1)] : [];
            run.UntilIteration(2);
        }
        ),
        ["a-liar"] = (
            "A stage sends a false activation and states it. The referee works the block, the stage's node is quarantined, "
            + "and the iteration is worked again in another attempt.", run =>
        {
            run.Begin(Refereed, spares: 1);
            run.World.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 1, Seat: 0, MicroBatch: 0 }
                && saying.What is Said.SentToNeighbour or Said.SentOverJump or Said.Sent ? Truth.Of("false") : honest;
            run.UntilIteration(2);
        }
        ),
        ["a-relay"] = (
            "A stage sends one activation to its neighbour and another over its jump. The link is relayed, and the next attempt shows who it was.", run =>
        {
            run.Begin(Refereed, spares: 1);
            run.World.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 1, Seat: 0, MicroBatch: 0, What: Said.SentOverJump }
                ? Truth.Of("false") : honest;
            run.UntilIteration(2);
        }
        ),
        ["a-step"] = (
            "A stage steps its copy otherwise than it should. The holders report different states; "
            + "the referee works the step, and the block comes from the holder that is confirmed.", run =>
        {
            run.Begin(Refereed, spares: 1);
            run.World.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 2, Seat: 0, What: Said.StepOfCopy } ? Truth.Of("false") : honest;
            run.UntilIteration(2);
        }
        ),
        ["a-server-dies-in-a-hearing"] = (
            "The server dies while a block is heard. Another takes over, the same attempt is worked again and comes to the same ruling.", run =>
        {
            run.Begin(Refereed, spares: 1);
            run.World.Says = (saying, honest) => saying is { Work.Iteration: 1, Stage: 1, Seat: 0, MicroBatch: 0, What: Said.Copy }
                ? Truth.Of("false") : honest;
            run.Until<Heard>(iteration: 1);
            run.Say("another server begins");
            run.World.TakeOver();
            run.UntilIteration(2);
        }
        ),
        ["a-node-joins"] = ("A node joins. At the next boundary a stage moves to it from a node that holds more than its share.", run =>
        {
            run.Begin(nodes: 2, room: 2);
            run.Until<Prepared>(iteration: 1);
            run.Say("node-3 joins");
            run.World.Join(3, room: 2);
            run.UntilIteration(2);
        }
        ),
        ["interrupted"] = ("The run is interrupted. It finishes the iteration, leaves a checkpoint, and ends in good order.", run =>
        {
            run.Begin(plan => plan with { Checkpoint = plan.Checkpoint with { Every = 100 } }, hasStore: true);
            run.Until<Prepared>(iteration: 1);
            run.Say("the host asks the run to end");
            run.World.Tell(new Interrupt());
            run.World.Deliver();
        }
        ),
    };

    private static RunPlan Refereed(RunPlan plan) => plan with { Defence = plan.Defence with { Remedy = "referee" } };

    public static TheoryData<string> Names => [.. Scripts.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_recovery_is_as_its_transcript_says(string name)
    {
        var (title, play) = Scripts[name];
        var script = new Script();
        play(script);
        var text = $"{title}\n\n{string.Join('\n', script.Lines)}\n";
        var file = Path.Combine(Repository.Root, Folder, $"{name}.txt");
        if (Environment.GetEnvironmentVariable("REWRITE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        Assert.Equal(File.ReadAllText(file), text);
    }

    [Fact]
    public void Each_script_has_a_transcript_and_each_transcript_a_script() => Assert.Equal(
        Scripts.Keys.Order(StringComparer.Ordinal),
        Directory.EnumerateFiles(Path.Combine(Repository.Root, Folder)).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));

    /// <summary>The actions on a world, and its output.</summary>
    private sealed class Script
    {
        public List<string> Lines { get; } = [];

        public CoordinatorWorld World { get; private set; } = null!;

        // What precedes iteration 1 (a-run shows it) is left out, unless requested.
        public void Begin(
            Func<RunPlan, RunPlan>? with = null, int nodes = 3, int room = 1, int spares = 0, bool hasStore = false, bool fromTheStart = false)
        {
            var plan = ServerRig.Plan(3);
            plan = plan with { Recovery = plan.Recovery with { Retries = 5 } };
            World = new CoordinatorWorld(with?.Invoke(plan) ?? plan, hasStore);
            if (fromTheStart) World.Hears = Hear;
            World.With(nodes + spares, room);
            if (fromTheStart) return;
            World.Deliver(message => message is Committed { Work.Iteration: 0, Stage: 2 });
            World.Hears = Hear;
        }

        public void Say(string what) => Lines.Add($"\n(* {what} *)\n");

        public void Until<T>(long iteration)
            where T : IWorkMessage
        {
            World.Deliver(message => message is T work && work.Work.Iteration == iteration);
        }

        // To the beginning of an iteration.
        public void UntilIteration(long iteration)
        {
            World.Deliver(_ => World.Server.Phase is Training training && training.Iteration.Iteration == iteration);
        }

        public void Step(Coordinator server, object message)
        {
            Hear(message);
            foreach (var effect in server.Step(new Input(message, ServerRig.Address("node-1")), default)) Hear(effect);
        }

        private void Hear(object occurrence)
        {
            if (TranscriptText.Line(occurrence) is { } line) Lines.Add(line);
        }
    }
}
