using PipelineRobustness.Models;
using PipelineRobustness.Models.Checkpoints;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Checkpoints;

/// <summary>
/// A run's checkpoints in a folder that all nodes see; several processes may write the shards of one checkpoint at once.
/// Every callback comes before the call returns: <see cref="BackgroundStore"/> is for callers that cannot wait.
/// </summary>
/// <param name="folder">The run's own folder; made when something is first written.</param>
/// <param name="keep">How many finished checkpoints stay, at least 1.</param>
/// <param name="ask">Called before each shard and manifest; throws where this process may no longer write. Null if it always may.</param>
public sealed class CheckpointStore(string folder, int keep, Action? ask = null) : IStore
{
    private readonly int _keep = keep >= 1 ? keep : throw new ArgumentOutOfRangeException(nameof(keep), keep, "at least 1");

    /// <summary>The run's folder.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>Where the files of a checkpoint are.</summary>
    public string FolderOf(long version, Ballot ballot) => At(version, ballot).Path;

    /// <inheritdoc/>
    public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done)
    {
        ShardSeal? seal = null;
        string? error;
        using (state)
            error = Attempt(() => seal = Write(At(version, ballot), state, digest));
        done(seal, error);
    }

    /// <inheritdoc/>
    public void Seal(CheckpointManifest manifest, Action<string?> done) =>
        done(Attempt(() => Seal(At(manifest.Version, manifest.Ballot), manifest)));

    /// <inheritdoc/>
    public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged)
    {
        IReadOnlyList<CheckpointFolder> all = [];
        if (Attempt(() => all = CheckpointFolder.AllIn(Folder)) is { } error)
            damaged(error);
        foreach (var checkpoint in all)
        {
            if (Verified(checkpoint, run, damaged) is { } manifest)
                yield return manifest;
        }
    }

    /// <inheritdoc/>
    public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model)
    {
        var checkpoint = At(manifest.Version, manifest.Ballot);
        using var shards = ShardSet.Open(manifest.Shards.Select(shard => (checkpoint.In(shard.File), shard.Sha256)));
        return shards.Read(range, model);
    }

    private ShardSeal Write(CheckpointFolder checkpoint, BlockState state, UInt128 digest)
    {
        ask?.Invoke();
        var block = state.Range.Index;
        if (checkpoint.IsSealed)
            throw new IOException($"{checkpoint.Path}: expected an unfinished checkpoint for block {block}, found a finished one");
        // A block that was damaged in memory must not be trusted once it is on disk.
        if (state.Digest() is var found && found != digest)
            throw new IOException($"{checkpoint.Path}: block {block}: expected a state of digest {digest:x32}, found one of {found:x32}");
        var file = FormattableString.Invariant($"block-{block}-of-{state.Range.Count}{ShardFile.Ending}");
        try
        {
            DurableFolder.Create(checkpoint.Path);
            return new ShardSeal(block, file, ShardFile.Write(checkpoint.In(file), state), digest, state.FirstNotFinite() is null);
        }
        catch
        {
            ask?.Invoke();
            // It will never be finished. On a full disk its other shards would take the next one's room too.
            Remove([checkpoint, .. Unfinished(checkpoint)]);
            throw;
        }
    }

    private void Seal(CheckpointFolder checkpoint, CheckpointManifest manifest)
    {
        ask?.Invoke();
        if (manifest.Shards.FirstOrDefault(shard => !File.Exists(checkpoint.In(shard.File))) is { } absent)
            throw new IOException($"{checkpoint.In(absent.File)}: expected the shard of block {absent.Block}, found nothing there");
        // A damaged one with a higher ballot does not block others.
        var higher = CheckpointFolder.AllIn(Folder).FirstOrDefault(other =>
            other.Version == checkpoint.Version && other.Ballot > checkpoint.Ballot && Verified(other, manifest.Run, _ => { }) is not null);
        if (higher is not null)
            throw new IOException($"{checkpoint.Path}: expected no checkpoint of version {manifest.Version} under a higher ballot, found {higher.Path}");
        ManifestFile.Write(checkpoint.Manifest, manifest);
        LetGo(checkpoint, manifest);
    }

    /// <summary>
    /// Removes what the checkpoint just finished has made superfluous: unfinished ones of earlier ballots and, under its own
    /// ballot, of earlier versions; finished ones of its version; and the oldest, but for the newest one that is finite. What is newer
    /// is not touched.
    /// </summary>
    private void LetGo(CheckpointFolder latest, CheckpointManifest manifest)
    {
        var all = CheckpointFolder.AllIn(Folder);
        var older = all.Where(one => one.IsSealed && one.Version < latest.Version).ToList();
        var finite = manifest.IsFinite ? latest : older.Find(one => IsFinite(one, manifest.Run));
        var before = older.Skip(_keep - 1).Where(one => one != finite);
        var superseded = all.Where(one => one.Version == latest.Version && one.Ballot < latest.Ballot);
        if (Remove([.. before, .. superseded, .. Unfinished(latest)]) is { } error)
            throw new IOException($"{latest.Path} is finished, but not all that it makes superfluous could be removed: {error}");
    }

    /// <summary>Removes all but the newest checkpoint that is finite.</summary>
    /// <param name="run">The run's name.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="IOException">The disk refuses.</exception>
    public bool KeepNewestFinite(string run)
    {
        var all = CheckpointFolder.AllIn(Folder);
        var finite = all.FirstOrDefault(one => one.IsSealed && IsFinite(one, run));
        if (Remove([.. all.Where(one => one != finite)]) is { } error) throw new IOException(error);
        return finite is not null;
    }

    // A damaged one is of no use.
    private static bool IsFinite(CheckpointFolder checkpoint, string run) => Verified(checkpoint, run, _ => { }) is { IsFinite: true };

    /// <summary>Removes unfinished checkpoints, now that one is written: no server writes two at once.</summary>
    private IEnumerable<CheckpointFolder> Unfinished(CheckpointFolder latest) => CheckpointFolder.AllIn(Folder).Where(one =>
        !one.IsSealed && (one.Ballot < latest.Ballot || (one.Ballot == latest.Ballot && one.Version < latest.Version)));

    private static string? Remove(List<CheckpointFolder> superfluous) =>
        superfluous.Distinct().Select(one => Attempt(one.Remove)).ToList().Find(error => error is not null);

    private static CheckpointManifest? Verified(CheckpointFolder checkpoint, string run, Action<string> damaged)
    {
        try
        {
            var manifest = ManifestFile.Read(checkpoint.Manifest);
            if ((manifest.Run, manifest.Version, manifest.Ballot) != (run, checkpoint.Version, checkpoint.Ballot))
            {
                throw new BadInputException(
                    $"{checkpoint.Manifest}: expected the manifest of run {run} as its folder's name says, found that of run {manifest.Run}, "
                    + $"{new CheckpointFolder(checkpoint.Root, manifest.Version, manifest.Ballot).Name}");
            }
            foreach (var shard in manifest.Shards)
                ShardFile.Verify(checkpoint.In(shard.File), shard.Sha256);
            ShardSet.Open(manifest.Shards.Select(shard => (checkpoint.In(shard.File), shard.Sha256))).Dispose();
            return manifest;
        }
        catch (BadInputException e)
        {
            damaged(e.Message);
            return null;
        }
    }

    /// <summary>What went wrong, in one line. Any error is the checkpoint's, and does not end the training.</summary>
    private static string? Attempt(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e)
        {
            return new BadInputException(e.Message).Message;
        }
    }

    private CheckpointFolder At(long version, Ballot ballot) => new(Folder, version, ballot);
}
