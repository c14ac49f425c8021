using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Plays the promise table of <c>docs/recovery.md</c>, row by row: what it says is what happens.</summary>
public sealed class PromiseSpecs : IDisposable
{
    private const int Iteration = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("promise-").FullName;

    public static TheoryData<string, string, string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string, string, string>();
            var table = File.ReadLines(Path.Combine(Repository.Root, "docs", "recovery.md"))
                .SkipWhile(line => !line.StartsWith("| fault |", StringComparison.Ordinal)).Skip(2)
                .TakeWhile(line => line.StartsWith('|'));
            foreach (var row in table)
            {
                var cells = row.Trim('|').Split('|', StringSplitOptions.TrimEntries);
                rows.Add(cells[0], cells[1], cells[2], cells[3], cells[4]);
            }

            return rows;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_promise_table_is_found() => Assert.InRange(Rows.Count, 20, 100);

    [Theory, MemberData(nameof(Rows))]
    public void Every_promise_is_kept(string fault, string remedy, string copies, string checkpoint, string left)
    {
        foreach (var placement in copies == "any" ? ["none", "ring"] : new[] { copies })
        {
            foreach (var name in remedy == "any" ? RemedyCatalog.Names : [remedy])
            {
                if (Possible(name, placement)) Check(fault, name, placement, checkpoint, left);
            }
        }
    }

    // Without copies nothing can be compared, and a referee without audits needs two holders of every block.
    private static bool Possible(string remedy, string copies) =>
        RemedyCatalog.TryGet(remedy, out var found) && (copies != "none" || !found.Compares) && (copies == "ring" || !found.IsRefereed);

    private void Check(string fault, string remedy, string copies, string checkpoint, string left)
    {
        foreach (var old in Directory.EnumerateFileSystemEntries(_folder)) Directory.Delete(old, recursive: true);
        var rig = new Rig
        {
            Layers = 4,
            MicroBatches = 2,
            Iterations = 5,
            Remedy = remedy,
            Copies = Enum.Parse<CopyPlacement>(copies, ignoreCase: true),
            CheckpointEvery = checkpoint == "none" ? 0 : long.Parse(checkpoint["every ".Length..], null),
            RetriesMax = 4,
            // A lie in the last iteration: one in an earlier one would leave copies, under some remedies, that do not count.
            // A referee would take the node of the stage that lies, and with it the room that a row counts on.
            Forward = copies == "none" || RemedyCatalog.Find(remedy).IsRefereed ? [] : [Rig.Flip with { Rate = 0.4 }],
        };
        var undisturbed = Simulate(rig, new ScriptedFault("nothing", Iteration), store: false);
        var found = Simulate(rig, new ScriptedFault(fault, Iteration), store: checkpoint != "none");
        if (fault.EndsWith("the run is resumed", StringComparison.Ordinal))
        {
            if (left.EndsWith("the one before", StringComparison.Ordinal)) DamageNewest();
            found = Simulate(rig, new ScriptedFault("nothing", Iteration), store: true);
        }

        if (left.StartsWith("ends: ", StringComparison.Ordinal))
        {
            Assert.Equal(RunStatus.Failed, found.Status);
            Assert.Contains(left["ends: ".Length..], found.Reason, StringComparison.Ordinal);
            return;
        }

        Assert.Equal((RunStatus.Done, null, undisturbed.Hash), (found.Status, found.Reason, found.Hash));
        // The events of a resumed run begin after the checkpoint.
        Assert.Equal(Losses(undisturbed).TakeLast(Losses(found).Count), Losses(found));
        ExpectSource(left, found);
    }

    private static void ExpectSource(string left, Simulated found)
    {
        var how = found.Events.OfType<RecoveryEnded>().LastOrDefault()?.How ?? "";
        switch (left.Split(", ").ElementAtOrDefault(1))
        {
            case "from the other holder": Assert.Matches("^block [0-9]+ on node-[0-9] from node-[0-9]", how); break;
            case "from version 0": Assert.StartsWith("all blocks from version 0", how, StringComparison.Ordinal); break;
            case "nothing restored": Assert.Equal("nothing had to be restored", how); break;
            case "from the checkpoint": Assert.Equal(2, First(found)); break;
            case "from the one before": Assert.Equal(0, First(found)); break;
        }
    }

    // The version that it restarted from: the newest checkpoint before the fault is that of version 2.
    private static long First(Simulated found)
    {
        var recovery = found.Events.OfType<RecoveryEnded>().LastOrDefault();
        return recovery?.Version ?? found.Events.OfType<IterationCommitted>().First().Iteration;
    }

    private static List<(long Iteration, double Loss, string Verdicts)> Losses(Simulated run) =>
    [
        .. run.Events.OfType<IterationCommitted>().GroupBy(c => c.Iteration).OrderBy(c => c.Key)
            .Select(c => (c.Key, c.Last().Loss, string.Join(' ', c.Last().Verdicts))),
    ];

    private void DamageNewest()
    {
        var newest = Directory.EnumerateDirectories(_folder).Order(StringComparer.Ordinal).Last();
        foreach (var file in Directory.EnumerateFiles(newest)) File.WriteAllBytes(file, File.ReadAllBytes(file)[..^1]);
    }

    private Simulated Simulate(Rig rig, ScriptedFault fault, bool store)
    {
        var log = new EventLog();
        fault.Lies = rig.Adversary();
        var ports = new RunPorts { Behaviour = fault, Store = store ? new CheckpointStore(_folder, keep: 3) : null };
        var plan = rig.Plan with { Recovery = new RecoverySettings { Retries = rig.RetriesMax, RoomTimeout = TimeSpan.FromMinutes(1) } };
        using var outcome = SimulatedRun.Run(
            7, new RunSpec(plan, fault.Weights(rig.Weights), rig.Data, ports), log, nodes: rig.Stages, room: fault.Room(rig.Stages), fault.Begin);
        var parameters = outcome?.FinalState.SelectMany(b => b.Parameters).ToArray() ?? [];
        var hash = parameters.Length == 0 ? "" : Fingerprint.State(parameters, outcome!.Iterations);
        return new Simulated(outcome?.Status, outcome?.Reason, hash, [.. log.Events]);
    }

    private sealed record Simulated(RunStatus? Status, string? Reason, string Hash, IReadOnlyList<RunEvent> Events);
}
