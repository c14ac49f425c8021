using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Checkpoints;

/// <summary>
/// A block's state on disk: a safetensors file that holds each parameter under its own name, and its two moments and
/// step count under that name plus a suffix. A block of any cut can be read from it, with any reader of the format.
/// </summary>
public sealed class ShardFile : IDisposable
{
    /// <summary>The extension of a shard file.</summary>
    public const string Ending = ".safetensors";

    /// <summary>Suffix of a parameter's name: AdamW's running mean of the gradient, float32.</summary>
    public const string FirstMoment = ".first-moment";

    /// <summary>Suffix of a parameter's name: AdamW's running mean of the squared gradient, float32.</summary>
    public const string SecondMoment = ".second-moment";

    /// <summary>Suffix of a parameter's name: the number of steps taken, an int64 scalar.</summary>
    public const string Steps = ".steps";

    private const int TensorsEach = 4;

    private readonly SafeTensorsFile _file;

    private ShardFile(SafeTensorsFile file)
    {
        _file = file;
        Parameters = [.. file.Tensors.Keys.Where(name => !IsOptimizerState(name))];
        foreach (var name in Parameters)
            CheckStructure(name);
        if (file.Tensors.Count != TensorsEach * Parameters.Count)
        {
            throw new BadInputException(
                $"{file.Path}: expected {Parameters.Count} parameters with two moments and a step count each, found {file.Tensors.Count} tensors");
        }
    }

    /// <summary>The file's path.</summary>
    public string Path => _file.Path;

    /// <summary>The names of the parameters in the file.</summary>
    public IReadOnlyList<string> Parameters { get; }

    /// <summary>
    /// Writes a state atomically: to a temporary file that is flushed and renamed, after which the folder is flushed.
    /// The caller keeps the state.
    /// </summary>
    /// <returns>The file's SHA-256 in lower-case hex.</returns>
    /// <exception cref="IOException">The file cannot be written; no temporary file remains.</exception>
    public static string Write(string path, BlockState state)
    {
        using var scope = NewDisposeScope();
        // The 8-byte counts come first, which keeps them aligned to 8 bytes.
        var counts = state.Parameters.Select(parameter => (parameter.Name + Steps, tensor(parameter.Steps, int64)));
        var tensors = state.Parameters.SelectMany(parameter => new[]
        {
            (parameter.Name, parameter.Weight),
            (parameter.Name + FirstMoment, parameter.FirstMoment),
            (parameter.Name + SecondMoment, parameter.SecondMoment),
        });
        return SafeTensorsWriter.WriteDigested(path, counts.Concat(tensors));
    }

    /// <summary>Opens a shard and checks its structure from the header.</summary>
    /// <exception cref="BadInputException">The file is absent, damaged or not a shard.</exception>
    public static ShardFile Open(string path)
    {
        var file = SafeTensorsFile.Open(path);
        try
        {
            return new ShardFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the whole file and checks its digest.</summary>
    /// <exception cref="BadInputException">The digest differs, or the file is absent or unreadable.</exception>
    public static void Verify(string path, string sha256)
    {
        var found = UserFile.Sha256(path);
        if (found != sha256)
            throw new BadInputException($"{path}: expected SHA-256 {sha256}, found {found}");
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Reads a parameter and its moments into tensors outside any dispose scope.</summary>
    /// <exception cref="BadInputException">The shape differs, or the file was truncated in the meantime.</exception>
    internal ParameterState Read(ParameterSpec spec)
    {
        _file.Check(spec.Name, spec.Shape);
        var tensors = new List<Tensor>();
        try
        {
            foreach (var name in new[] { spec.Name, spec.Name + FirstMoment, spec.Name + SecondMoment })
            {
                tensors.Add(empty(spec.Shape, float32, CPU).DetachFromDisposeScope());
                _file.ReadInto(name, tensors[^1]);
            }
            return new ParameterState(spec.Name, spec.TiedTo is not null, tensors[0], tensors[1], tensors[2], ReadSteps(spec.Name));
        }
        catch
        {
            tensors.ForEach(tensor => tensor.Dispose());
            throw;
        }
    }

    private static bool IsOptimizerState(string name) =>
        name.EndsWith(FirstMoment, StringComparison.Ordinal)
        || name.EndsWith(SecondMoment, StringComparison.Ordinal)
        || name.EndsWith(Steps, StringComparison.Ordinal);

    private long ReadSteps(string parameter)
    {
        using var count = _file.Read(parameter + Steps);
        var steps = count.item<long>();
        return steps >= 0 ? steps : throw new BadInputException($"{Path}: {parameter}{Steps}: expected 0 or more, found {steps}");
    }

    private void CheckStructure(string parameter)
    {
        var shape = _file.Tensors[parameter].Shape;
        Expect(parameter, "F32", shape);
        Expect(parameter + FirstMoment, "F32", shape);
        Expect(parameter + SecondMoment, "F32", shape);
        Expect(parameter + Steps, "I64", []);
    }

    private void Expect(string name, string type, IReadOnlyList<long> shape)
    {
        var found = _file.Tensors.GetValueOrDefault(name);
        if (found is null || found.Type != type || !found.Shape.SequenceEqual(shape))
        {
            throw new BadInputException(
                $"{Path}: {name}: expected {type} [{string.Join(", ", shape)}], found {(found is null ? "nothing" : $"{found.Type} {found.ShapeText}")}");
        }
    }
}
