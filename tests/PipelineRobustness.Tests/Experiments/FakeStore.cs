using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A store whose checkpoints are empty files by their version.</summary>
internal sealed class FakeStore(string folder) : IStore, IDisposable
{
    public static List<string> Closed { get; } = [];

    public string Folder => folder;

    public void Put(long version)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{version:d8}"), "");
    }

    public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done)
    {
        state.Dispose();
        Put(version);
        done(null, null);
    }

    public void Seal(CheckpointManifest manifest, Action<string?> done) => done(null);

    public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) =>
        (Directory.Exists(folder) ? Directory.GetFiles(folder) : []).Order(StringComparer.Ordinal).Reverse()
            .Select(file => new CheckpointManifest(run, long.Parse(Path.GetFileName(file), null), default, [], null!));

    public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model) => throw new InvalidOperationException();

    public void Dispose()
    {
        lock (Closed) Closed.Add(folder);
    }
}
