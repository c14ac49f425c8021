using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Writing on a separate thread: in order, with backpressure if the disk is slow, and completely.</summary>
public sealed class BackgroundStoreSpecs : IDisposable
{
    private readonly StoredRun _run = new();

    public BackgroundStoreSpecs() => set_num_threads(1);

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Queued_blocks_are_written_before_the_store_closes()
    {
        using var model = StoredRun.Trained(3);
        var threads = new HashSet<int>();
        await using (var store = new BackgroundStore(_run.Store))
        {
            var seals = new List<ShardSeal>();
            foreach (var trainer in model.Trainers)
            {
                store.Write(StoredRun.Name, 2, StoredRun.Ballot(1), trainer.Capture(), trainer.StateDigest(), (seal, _) =>
                {
                    threads.Add(Environment.CurrentManagedThreadId);
                    lock (seals)
                        seals.Add(seal!);
                });
            }
            SpinWait.SpinUntil(() =>
            {
                lock (seals)
                    return seals.Count == 3;
            });
            store.Seal(StoredRun.Manifest(2, StoredRun.Ballot(1), seals), Assert.Null);
        }
        Assert.NotEqual(Environment.CurrentManagedThreadId, Assert.Single(threads));
        using var reader = new BackgroundStore(_run.Store);
        using var restored = StoredRun.Restored(reader, Assert.Single(reader.Whole(StoredRun.Name, _run.Errors.Add)), 2);
        Assert.Equal(model.StateFingerprint(), restored.StateFingerprint());
    }

    [Fact]
    public async Task A_writer_blocks_while_the_queue_is_full()
    {
        using var slow = new SlowStore();
        await using var store = new BackgroundStore(slow, waitingMost: 2);
        void HandOver(int version) => store.Write(StoredRun.Name, version, StoredRun.Ballot(1), Nothing(), 0, (_, _) => { });
        HandOver(0);
        slow.IsAtWork.Wait(TestContext.Current.CancellationToken);
        var handedOver = 1;
        var stage = new Thread(() =>
        {
            for (; handedOver < 10; Interlocked.Increment(ref handedOver))
                HandOver(handedOver);
        });
        stage.Start();
        // One is being written and two wait; the fourth is about to be accepted.
        SpinWait.SpinUntil(() => (Volatile.Read(ref handedOver) >= 3 && stage.ThreadState == ThreadState.WaitSleepJoin) || !stage.IsAlive);
        var meanwhile = Volatile.Read(ref handedOver);
        slow.Begin();
        stage.Join();
        Assert.Equal((3, 10), (meanwhile, handedOver));
    }

    [Fact]
    public void A_closed_store_refuses_and_frees_its_blocks()
    {
        using var model = StoredRun.Trained(1);
        var store = new BackgroundStore(_run.Store);
        store.Dispose();
        store.Dispose();
        var state = model.Trainers[0].Capture();
        var errors = new List<string?>();
        store.Write(StoredRun.Name, 1, StoredRun.Ballot(1), state, state.Digest(), (seal, error) => errors.Add(seal is null ? error : null));
        store.Seal(StoredRun.Manifest(1, StoredRun.Ballot(1), []), errors.Add);
        Assert.Equal(2, errors.OfType<string>().Count(error => error.Contains("closed", StringComparison.Ordinal)));
        Assert.True(state.Parameters[0].Weight.IsInvalid);
        Assert.Empty(_run.Whole());
    }

    private static BlockState Nothing() => new(new BlockRange(0, 1, 0, 1), []);

    /// <summary>A disk that begins on demand.</summary>
    private sealed class SlowStore : IStore, IDisposable
    {
        private readonly ManualResetEventSlim _begun = new();

        public ManualResetEventSlim IsAtWork { get; } = new();

        public void Begin() => _begun.Set();

        public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done)
        {
            IsAtWork.Set();
            _begun.Wait(TestContext.Current.CancellationToken);
        }

        public void Seal(CheckpointManifest manifest, Action<string?> done) => done(null);

        public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => [];

        public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => Nothing();

        public void Dispose()
        {
            _begun.Dispose();
            IsAtWork.Dispose();
        }
    }
}
