using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>A block without any holder is restored from the newest complete checkpoint.</summary>
public sealed class StoredRecoverySpecs : IDisposable
{
    private static readonly Rig Stored = new() { Layers = 6, MicroBatches = 2, Iterations = 7, CheckpointEvery = 2, RetriesMax = 5 };

    private readonly string _folder = Directory.CreateTempSubdirectory("stored-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Two_ring_neighbours_lost_at_once_cost_the_iterations_since_the_checkpoint()
    {
        var rig = Stored with { Remedy = "substitute", Copies = CopyPlacement.Ring, Forward = [Rig.Flip with { Rate = 0.5 }] };
        var (status, hash, events) = Run(rig, 5, (run, _) =>
        {
            foreach (var node in run.Nodes.Where(n => n.Name is "node-2" or "node-3").ToArray()) run.Kill(node);
        });
        Assert.Equal((RunStatus.Done, rig.PlainLoop().Hash), (status, hash));
        var recovery = events.OfType<RecoveryEnded>().Last();
        Assert.Equal((4, "all blocks from the checkpoint of version 4, since block 1 was lost with every holder"), (recovery.Version, recovery.How));
        Assert.Equal([2, 4, 6], events.OfType<CheckpointWritten>().Select(c => c.Version).Distinct());
        Assert.All(events.OfType<CheckpointWritten>(), c => Assert.Null(c.Error));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void A_killed_run_resumes_from_its_checkpoint_with_any_number_of_stages(int stages)
    {
        Run(Stored, 5, (_, world) => world.Abandon());
        var rig = Stored with { Stages = stages };
        var (status, hash, events) = Run(rig);
        Assert.Equal((RunStatus.Done, Stored.PlainLoop().Hash), (status, hash));
        Assert.Equal([4, 5, 6], events.OfType<IterationCommitted>().Select(c => c.Iteration));
    }

    [Fact]
    public void An_interrupted_run_stores_its_last_version()
    {
        Run(Stored, 5, (run, _) => run.Interrupt());
        var (status, hash, events) = Run(Stored);
        Assert.Equal((RunStatus.Done, Stored.PlainLoop().Hash), (status, hash));
        Assert.Equal([6], events.OfType<IterationCommitted>().Select(c => c.Iteration));
    }

    [Fact]
    public void A_damaged_newest_checkpoint_is_reported_and_the_previous_one_used()
    {
        Run(Stored, 5, (_, world) => world.Abandon());
        var shard = Directory.EnumerateFiles(_folder, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        var bytes = File.ReadAllBytes(shard);
        bytes[^3] ^= 4;
        File.WriteAllBytes(shard, bytes);
        var (status, hash, events) = Run(Stored);
        Assert.Equal((RunStatus.Done, Stored.PlainLoop().Hash), (status, hash));
        Assert.Equal([2, 3, 4, 5, 6], events.OfType<IterationCommitted>().Select(c => c.Iteration));
        Assert.Contains(events.OfType<CheckpointWritten>(), c => c.Error?.Contains(Path.GetFileName(shard), StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_slow_disk_finishes_a_checkpoint_before_the_next()
    {
        var (status, _, events) = Run(Stored with { CheckpointEvery = 1 }, slow: true);
        Assert.Equal(RunStatus.Done, status);
        var written = events.OfType<CheckpointWritten>().ToArray();
        Assert.Contains(written, c => c.Error is null);
        Assert.Contains(written, c => c.Error?.StartsWith("left out, for that of version 1 is still", StringComparison.Ordinal) == true);
    }

    /// <summary>A checkpoint that a failure cut short is started again at the same version.</summary>
    [Fact]
    public void A_node_s_death_does_not_cost_the_checkpoint_being_written()
    {
        var rig = Stored with { Remedy = "substitute", Copies = CopyPlacement.Ring };
        var (status, hash, events) = Run(
            rig, 2, (run, _) => run.Kill(run.Nodes.First()), slow: true);
        Assert.Equal((RunStatus.Done, rig.PlainLoop().Hash), (status, hash));
        Assert.Contains(events.OfType<CheckpointWritten>(), c => c is { Version: 2, Error: null });
    }

    // Stops in some way, once, when the last stage begins the backward pass of an iteration; by default of none.
    private (RunStatus? Status, string Hash, IReadOnlyList<RunEvent> Events) Run(
        Rig rig, long iteration = -1, Action<RunSystem, SimulatedWorld>? stop = null, bool slow = false)
    {
        var disk = new SlowDisk(new CheckpointStore(_folder, keep: 2), iterations: slow ? 2 : 0);
        var log = new EventLog();
        (RunSystem Run, SimulatedWorld World) here = (null!, null!);
        var stopping = Faults.At(iteration).Backward.Once.Do(() => stop!(here.Run, here.World));
        var training = Faults.At().Do(work => disk.TrainsAt(work.Iteration)).With(rig.Adversary());
        var ports = new RunPorts { Behaviour = stopping.With(training), Store = disk };
        using var outcome = SimulatedRun.Run(
            1, rig.Spec(ports), log, nodes: rig.Stages, room: rig.Stages,
            (run, world) => here = (run, world));
        var parameters = outcome?.FinalState.SelectMany(b => b.Parameters).ToArray() ?? [];
        var hash = parameters.Length == 0 ? "" : Fingerprint.State(parameters, outcome!.Iterations);
        return (outcome?.Status, hash, [.. log.Events]);
    }

    // Reports a version's shards as written only after this many further iterations.
    private sealed class SlowDisk(IStore store, int iterations) : IStore
    {
        private readonly List<(long At, Action Answer)> _waiting = [];

        public void TrainsAt(long iteration)
        {
            foreach (var due in _waiting.Where(w => w.At <= iteration).ToArray())
            {
                _waiting.Remove(due);
                due.Answer();
            }
        }

        public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done) =>
            store.Write(run, version, ballot, state, digest, (seal, error) =>
            {
                if (iterations == 0) done(seal, error);
                else _waiting.Add((version + iterations, () => done(seal, error)));
            });

        public void Seal(CheckpointManifest manifest, Action<string?> done) => store.Seal(manifest, done);

        public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => store.Whole(run, damaged);

        public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => store.Read(manifest, range, model);
    }
}
