using System.Collections.Concurrent;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Checkpoints;

/// <summary>
/// A store that writes one state after another on its own thread. A caller blocks while the set number of states is queued,
/// so that a slow disk does not fill the memory. Callbacks run on that thread: they must not throw, and must not write or
/// seal.
/// </summary>
public sealed class BackgroundStore : IStore, IDisposable, IAsyncDisposable
{
    private const string Closed = "the store was closed before it could be written";

    private readonly IStore _store;
    private readonly BlockingCollection<Action> _waiting;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts the thread.</summary>
    /// <param name="store">What does the work.</param>
    /// <param name="waitingMost">How many shards and manifests may wait.</param>
    public BackgroundStore(IStore store, int waitingMost = 4)
    {
        _store = store;
        _waiting = new(waitingMost);
        new Thread(Work) { IsBackground = true, Name = "checkpoints" }.Start();
    }

    /// <inheritdoc/>
    public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done)
    {
        if (TryAdd(() => _store.Write(run, version, ballot, state, digest, done)))
            return;
        state.Dispose();
        done(null, Closed);
    }

    /// <inheritdoc/>
    public void Seal(CheckpointManifest manifest, Action<string?> done)
    {
        if (!TryAdd(() => _store.Seal(manifest, done)))
            done(Closed);
    }

    /// <inheritdoc/>
    public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => _store.Whole(run, damaged);

    /// <inheritdoc/>
    public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => _store.Read(manifest, range, model);

    /// <summary>Takes nothing more. What waits is written, and then the thread ends.</summary>
    public void Dispose() => _waiting.CompleteAdding();

    /// <summary>The same; completes when all is written.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return new ValueTask(_ended.Task);
    }

    private bool TryAdd(Action work)
    {
        try
        {
            _waiting.Add(work);
            return true;
        }
        catch (InvalidOperationException)   // closed, perhaps while it was held back here
        {
            return false;
        }
    }

    private void Work()
    {
        foreach (var work in _waiting.GetConsumingEnumerable())
            work();
        _ended.SetResult();
    }
}
