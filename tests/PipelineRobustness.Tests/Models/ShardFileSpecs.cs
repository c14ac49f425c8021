using System.Security.Cryptography;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Checkpoints;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>A block's state in a file that any safetensors reader can read, and invalid files.</summary>
public sealed class ShardFileSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-shards-").FullName;

    public ShardFileSpecs() => set_num_threads(1);

    private string Shard => Path.Combine(_folder, "block.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_shard_contains_each_parameter_with_its_moments_and_step_count()
    {
        using var model = Tiny.Cut(Tiny.Config(), 2);
        model.Train(Tiny.Windows(), 0, Tiny.MicroBatches, 1e-2, Tiny.Clip);
        using var state = model.Trainers[1].Capture();
        var sha256 = ShardFile.Write(Shard, state);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Shard))), sha256);
        ShardFile.Verify(Shard, sha256);

        var tensors = IndependentSafeTensors.Read(Shard).Tensors;
        Assert.Equal(4 * state.Parameters.Count, tensors.Count);
        foreach (var parameter in state.Parameters)
        {
            Assert.Equal(parameter.Weight.bytes.ToArray(), tensors[parameter.Name].Bytes);
            Assert.Equal(parameter.FirstMoment.bytes.ToArray(), tensors[parameter.Name + ".first-moment"].Bytes);
            Assert.Equal(parameter.SecondMoment.bytes.ToArray(), tensors[parameter.Name + ".second-moment"].Bytes);
            Assert.Equal(BitConverter.GetBytes(1L), tensors[parameter.Name + ".steps"].Bytes);
        }
        Assert.Equal([Shard], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_captured_state_has_the_digest_of_its_trainer()
    {
        using var model = Tiny.Cut(Tiny.Config(), 2);
        model.Train(Tiny.Windows(), 0, Tiny.MicroBatches, 1e-2, Tiny.Clip);
        foreach (var trainer in model.Trainers)
        {
            using var state = trainer.Capture();
            Assert.Equal(trainer.StateDigest(), state.Digest());
        }
        Assert.NotEqual(model.Trainers[0].StateDigest(), model.Trainers[1].StateDigest());
    }

    public static TheoryData<string, string, string> InvalidShards => new()
    {
        { "w.second-moment", "", "w.second-moment: expected F32 [2, 3], found nothing" },
        { "w.steps", "", "w.steps: expected I64 [], found nothing" },
        { "w.first-moment", "F32 [3, 2]", "w.first-moment: expected F32 [2, 3], found F32 [3, 2]" },
        { "w", "F64 [2, 3]", "w: expected F32 [2, 3], found F64 [2, 3]" },
        { "w.steps", "F32 []", "w.steps: expected I64 [], found F32 []" },
        { "v.steps", "I64 []", "expected 1 parameters with two moments and a step count each, found 5 tensors" },
        { "w.steps", "-1", "w.steps: expected 0 or more, found -1" },
    };

    [Theory]
    [MemberData(nameof(InvalidShards))]
    public void A_tensor_file_that_is_not_a_shard_is_refused(string changed, string to, string message)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["w"] = zeros(2, 3),
            ["w.first-moment"] = zeros(2, 3),
            ["w.second-moment"] = zeros(2, 3),
            ["w.steps"] = tensor(4L),
        };
        Tensor? other = to switch
        {
            "" => null,
            "-1" => tensor(-1L),
            "F32 []" => tensor(1f),
            "I64 []" => tensor(1L),
            "F64 [2, 3]" => zeros([2, 3], float64),
            _ => zeros(3, 2),
        };
        if (other is null)
            tensors.Remove(changed);
        else
            tensors[changed] = other;
        SafeTensorsWriter.Write(Shard, tensors.Select(one => (one.Key, one.Value)));
        var refusal = Assert.Throws<BadInputException>(() =>
        {
            using var shard = ShardFile.Open(Shard);
            shard.Read(new ParameterSpec("w", [2, 3], InitialValue.Zeros)).Dispose();
        });
        Assert.Equal($"{Shard}: {message}", refusal.Message);
    }

    [Fact]
    public void A_parameter_in_two_shards_is_refused()
    {
        using var model = Tiny.Cut(Tiny.Config(), 1);
        using var state = model.Trainers[0].Capture();
        var other = Path.Combine(_folder, "other.safetensors");
        var (one, two) = (ShardFile.Write(Shard, state), ShardFile.Write(other, state));
        Assert.StartsWith(
            $"{other}: ", Assert.Throws<BadInputException>(() => ShardSet.Open([(Shard, one), (other, two)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_leaks_no_tensors_whether_it_succeeds_or_fails()
    {
        using var model = Tiny.Cut(Tiny.Config(), 2);
        string[] paths = [Shard, Path.Combine(_folder, "other.safetensors")];
        var written = model.Trainers.Zip(paths, (trainer, path) =>
        {
            using var state = trainer.Capture();
            return (path, ShardFile.Write(path, state));
        }).ToList();
        using var shards = ShardSet.Open(written);
        var before = Tensor.TotalCount;
        shards.Read(BlockRange.Whole(Tiny.Config()), Tiny.Config()).Dispose();
        Assert.Throws<BadInputException>(() => shards.Read(BlockRange.Whole(Tiny.Config()), Tiny.Config() with { Inner = 32 }));
        // Finalizers of other tests' tensors may lower the count; nothing may raise it.
        Assert.InRange(Tensor.TotalCount, 0, before);
    }
}
