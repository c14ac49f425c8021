using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>What no holder has any more comes from the newest checkpoint that is whole.</summary>
public sealed class StoredRecoverySpecs : IDisposable
{
    private static readonly Rig Stored = new() { Layers = 6, MicroBatches = 2, Iterations = 7, CheckpointEvery = 2, RetriesMax = 5 };

    private readonly string _folder = Directory.CreateTempSubdirectory("stored-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Two_ring_neighbours_lost_at_once_cost_the_iterations_since_the_checkpoint()
    {
        var rig = Stored with { Remedy = "substitute", Copies = CopyPlacement.Ring, Forward = [Rig.Flip with { Rate = 0.5 }] };
        var (status, hash, events) = Run(rig, new Stopping(5, (run, _) =>
        {
            foreach (var node in run.Nodes.Where(n => n.Name is "node-2" or "node-3").ToArray()) run.Kill(node);
        }));
        Assert.Equal((RunStatus.Done, rig.PlainLoop().Hash), (status, hash));
        var recovery = events.OfType<RecoveryEnded>().Last();
        Assert.Equal((4, "all blocks from the checkpoint of version 4, since block 1 was lost with every holder"), (recovery.Version, recovery.How));
        Assert.Equal([2, 4, 6], events.OfType<CheckpointWritten>().Select(c => c.Version).Distinct());
        Assert.All(events.OfType<CheckpointWritten>(), c => Assert.Null(c.Trouble));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void A_killed_run_resumes_from_its_checkpoint_with_any_number_of_stages(int stages)
    {
        Run(Stored, new Stopping(5, (run, world) => world.Abandon()));
        var rig = Stored with { Stages = stages };
        var (status, hash, events) = Run(rig, new Stopping(-1, (_, _) => { }));
        Assert.Equal((RunStatus.Done, Stored.PlainLoop().Hash), (status, hash));
        Assert.Equal([4, 5, 6], events.OfType<IterationCommitted>().Select(c => c.Iteration));
    }

    [Fact]
    public void An_interrupted_run_stores_its_last_version()
    {
        Run(Stored, new Stopping(5, (run, _) => run.Interrupt()));
        var (status, hash, events) = Run(Stored, new Stopping(-1, (_, _) => { }));
        Assert.Equal((RunStatus.Done, Stored.PlainLoop().Hash), (status, hash));
        Assert.Equal([6], events.OfType<IterationCommitted>().Select(c => c.Iteration));
    }

    [Fact]
    public void A_damaged_newest_checkpoint_is_reported_and_the_previous_one_used()
    {
        Run(Stored, new Stopping(5, (run, world) => world.Abandon()));
        var shard = Directory.EnumerateFiles(_folder, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        var bytes = File.ReadAllBytes(shard);
        bytes[^3] ^= 4;
        File.WriteAllBytes(shard, bytes);
        var (status, hash, events) = Run(Stored, new Stopping(-1, (_, _) => { }));
        Assert.Equal((RunStatus.Done, Stored.PlainLoop().Hash), (status, hash));
        Assert.Equal([2, 3, 4, 5, 6], events.OfType<IterationCommitted>().Select(c => c.Iteration));
        Assert.Contains(events.OfType<CheckpointWritten>(), c => c.Trouble?.Contains(Path.GetFileName(shard), StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_slow_disk_finishes_a_checkpoint_before_the_next()
    {
        var (status, _, events) = Run(Stored with { CheckpointEvery = 1 }, new Stopping(-1, (_, _) => { }), slow: true);
        Assert.Equal(RunStatus.Done, status);
        var written = events.OfType<CheckpointWritten>().ToArray();
        Assert.Contains(written, c => c.Trouble is null);
        Assert.Contains(written, c => c.Trouble?.StartsWith("left out, for that of version 1 is still", StringComparison.Ordinal) == true);
    }

    /// <summary>One that a failure cut short is begun anew at the same version.</summary>
    [Fact]
    public void A_node_s_death_does_not_cost_the_checkpoint_being_written()
    {
        var rig = Stored with { Remedy = "substitute", Copies = CopyPlacement.Ring };
        var (status, hash, events) = Run(
            rig, new Stopping(2, (run, _) => run.Kill(run.Nodes.First())), slow: true);
        Assert.Equal((RunStatus.Done, rig.PlainLoop().Hash), (status, hash));
        Assert.Contains(events.OfType<CheckpointWritten>(), c => c is { Version: 2, Trouble: null });
    }

    private (RunStatus? Status, string Hash, IReadOnlyList<RunEvent> Events) Run(
        Rig rig, Stopping stopping, bool slow = false)
    {
        var disk = new SlowDisk(new CheckpointStore(_folder, keep: 2), iterations: slow ? 2 : 0);
        stopping.Works = disk.Goes;
        var log = new EventLog();
        stopping.Lies = rig.Adversary();
        var ports = new RunPorts { Behaviour = stopping, Store = disk };
        using var outcome = SimulatedRun.Run(
            1, new RunMaterial(rig.Plan, rig.Weights, rig.Data, ports), log, nodes: rig.Stages, room: rig.Stages,
            (run, world) => stopping.Begin(run, world));
        var parameters = outcome?.FinalState.SelectMany(b => b.Parameters).ToArray() ?? [];
        var hash = parameters.Length == 0 ? "" : Fingerprint.State(parameters, outcome!.Iterations);
        return (outcome?.Status, hash, [.. log.Events]);
    }

    // Answers for a version's shards when training has gone on for so many iterations.
    private sealed class SlowDisk(IStore store, int iterations) : IStore
    {
        private readonly List<(long At, Action Answer)> _waiting = [];

        public void Goes(long iteration)
        {
            foreach (var due in _waiting.Where(w => w.At <= iteration).ToArray())
            {
                _waiting.Remove(due);
                due.Answer();
            }
        }

        public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done) =>
            store.Write(run, version, ballot, state, digest, (seal, trouble) =>
            {
                if (iterations == 0) done(seal, trouble);
                else _waiting.Add((version + iterations, () => done(seal, trouble)));
            });

        public void Seal(CheckpointManifest manifest, Action<string?> done) => store.Seal(manifest, done);

        public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => store.Whole(run, damaged);

        public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => store.Read(manifest, range, model);
    }

    // Once, when the last stage goes backward in an iteration.
    private sealed class Stopping(long iteration, Action<RunSystem, SimulatedWorld> stop) : IStageBehaviour
    {
        private (RunSystem Run, SimulatedWorld World) _where;
        private bool _stopped;

        public IStageBehaviour Lies { get; set; } = HonestBehaviour.Instance;

        public Action<long> Works { get; set; } = _ => { };

        public void Begin(RunSystem run, SimulatedWorld world) => _where = (run, world);

        public TorchSharp.torch.Tensor Send(SendContext context, TorchSharp.torch.Tensor honest) => Lies.Send(context, honest);

        public void BeforeWork(WorkContext context)
        {
            Works(context.Iteration);
            if (_stopped || context.Iteration != iteration || context.Direction != Direction.Backward) return;
            _stopped = true;
            stop(_where.Run, _where.World);
        }
    }
}
