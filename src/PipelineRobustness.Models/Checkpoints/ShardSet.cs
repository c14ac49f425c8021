using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;

namespace PipelineRobustness.Models.Checkpoints;

/// <summary>The open shards of a checkpoint. Reads a block of any cut by the names of its parameters.</summary>
public sealed class ShardSet : IDisposable
{
    private readonly List<(ShardFile File, string Sha256)> _shards = [];
    private readonly Dictionary<string, int> _shardOf = [];

    private ShardSet()
    {
    }

    /// <summary>Opens the shards and reads their headers only.</summary>
    /// <param name="shards">Their paths and expected digests; a digest is verified before anything is read from its shard.</param>
    /// <exception cref="BadInputException">A shard is absent or damaged, or two shards contain the same parameter.</exception>
    public static ShardSet Open(IEnumerable<(string Path, string Sha256)> shards)
    {
        var set = new ShardSet();
        try
        {
            foreach (var (path, sha256) in shards)
                set.Add(ShardFile.Open(path), sha256);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads a block's state into tensors outside any dispose scope; the caller owns it. A tied head is a separate
    /// parameter, as in its block. The digest of each shard involved is verified first.
    /// </summary>
    /// <exception cref="BadInputException">
    /// A digest differs, a parameter is missing, or a shape differs: the shards are not from this model.
    /// </exception>
    public BlockState Read(BlockRange range, ModelConfig model)
    {
        var specs = DecoderLayout.Of(model, range);
        var missing = specs.Where(spec => !_shardOf.ContainsKey(spec.Name)).Select(spec => spec.Name).ToList();
        if (missing.Count > 0)
            throw new BadInputException($"{Folder}: expected parameter {NameList.Of(missing)}, found none of that name in any shard");
        foreach (var (file, sha256) in specs.Select(spec => _shardOf[spec.Name]).Distinct().Order().Select(index => _shards[index]))
            ShardFile.Verify(file.Path, sha256);
        var parameters = new List<ParameterState>(specs.Count);
        try
        {
            foreach (var spec in specs)
                parameters.Add(_shards[_shardOf[spec.Name]].File.Read(spec));
            return new BlockState(range, parameters);
        }
        catch
        {
            parameters.ForEach(parameter => parameter.Dispose());
            throw;
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _shards.ForEach(shard => shard.File.Dispose());

    private string Folder => _shards.Count == 0 ? "no shards" : Path.GetDirectoryName(_shards[0].File.Path)!;

    private void Add(ShardFile file, string sha256)
    {
        _shards.Add((file, sha256));
        foreach (var name in file.Parameters)
        {
            if (!_shardOf.TryAdd(name, _shards.Count - 1))
                throw new BadInputException($"{file.Path}: {name}: expected in one shard, found also in {_shards[_shardOf[name]].File.Path}");
        }
    }
}
