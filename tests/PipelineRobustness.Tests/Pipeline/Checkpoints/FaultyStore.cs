using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>What a disk does to a shard.</summary>
public enum DiskFault
{
    None,

    /// <summary>The disk is full and reports it.</summary>
    Full,

    /// <summary>Half of the file is silently gone.</summary>
    Torn,

    /// <summary>A byte has silently changed.</summary>
    Flipped,

    /// <summary>The file is silently gone.</summary>
    Lost,
}

/// <summary>A store on a disk that fails: at set writes, or for good after so many bytes.</summary>
internal sealed class FaultyStore(CheckpointStore store) : IStore
{
    /// <summary>What happens to the next shard.</summary>
    public DiskFault Next { get; set; }

    /// <summary>Bytes until the disk is full.</summary>
    public long Room { get; set; } = long.MaxValue;

    public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done)
    {
        var fault = Next;
        Next = DiskFault.None;
        Room -= state.Parameters.Sum(parameter => 3 * parameter.Weight.NumberOfElements * sizeof(float));
        if (fault == DiskFault.Full || Room < 0)
        {
            state.Dispose();
            done(null, "No space left on device");
            return;
        }
        store.Write(run, version, ballot, state, digest, (seal, error) =>
        {
            if (seal is not null)
                Damage(Path.Combine(store.FolderOf(version, ballot), seal.File), fault);
            done(seal, error);
        });
    }

    public void Seal(CheckpointManifest manifest, Action<string?> done) => store.Seal(manifest, done);

    public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => store.Whole(run, damaged);

    public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => store.Read(manifest, range, model);

    public static void Damage(string path, DiskFault fault)
    {
        if (fault == DiskFault.Lost)
            File.Delete(path);
        if (fault is not (DiskFault.Torn or DiskFault.Flipped))
            return;
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 3] ^= 1;
        File.WriteAllBytes(path, fault == DiskFault.Torn ? File.ReadAllBytes(path)[..(bytes.Length / 2)] : bytes);
    }
}
