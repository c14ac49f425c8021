using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Benchmarks;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Tests.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Failing disks and changed files are detected and named in one line, and the previous checkpoint is used.</summary>
public sealed class CheckpointDamageSpecs : IDisposable
{
    private readonly StoredRun _run = new();

    public CheckpointDamageSpecs() => set_num_threads(1);

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Every_changed_byte_of_every_file_is_found()
    {
        using var checkpoint = new FlippedCheckpoint();
        var flip = from file in Gen.Choose(0, checkpoint.Files.Count - 1)
                   from at in Gen.Choose(0, int.MaxValue - 1)
                   from value in Gen.Choose(0, int.MaxValue - 1)
                   select (file, at, value);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500),
            Prop.ForAll(flip.ToArbitrary(), drawn => checkpoint.Flip(drawn.file, drawn.at, drawn.value).Length > 0));
        Assert.True(checkpoint.IsWhole());
    }

    /// <summary>The manifest is small enough for every byte of it, with the bit that turns A into a and the one that ends ASCII.</summary>
    [Fact]
    public void Every_changed_byte_of_the_manifest_is_found()
    {
        using var checkpoint = new FlippedCheckpoint();
        var manifest = checkpoint.Files.Index().Single(file => file.Item.EndsWith("manifest.json", StringComparison.Ordinal));
        for (var at = 0; at < new FileInfo(manifest.Item).Length; at++)
            Assert.All([0x20, 0x80], mask => Assert.Equal("manifest.json", checkpoint.Flip(manifest.Index, at, mask - 1)));
    }

    [Fact]
    public void Only_checkpoints_written_completely_are_whole_after_any_shard_damage()
    {
        var faults = Gen.Frequency((2, Gen.Constant(DiskFault.None)), (3, Gen.Elements(Enum.GetValues<DiskFault>())));
        var writes = from count in Gen.Choose(1, 5)
                     from drawn in faults.ArrayOf(count)
                     select drawn;
        using var model = StoredRun.Trained(2);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(20), Prop.ForAll(writes.ToArbitrary(), drawn =>
        {
            using var run = new StoredRun();
            foreach (var (version, fault) in drawn.Index())
            {
                var store = new FaultyStore(run.Store) { Next = fault };
                var answers = StoredRun.Write(store, model, version, StoredRun.Ballot(1));
                if (answers.TrueForAll(answer => answer.Seal is not null))
                    StoredRun.Seal(store, StoredRun.Manifest(version, StoredRun.Ballot(1), answers.Select(answer => answer.Seal!)));
            }
            var whole = drawn.Index().Where(write => write.Item == DiskFault.None).Select(write => (long)write.Index).Reverse();
            Assert.Equal(whole, run.Whole().Select(one => one.Version));
            Assert.DoesNotContain(run.Errors, line => line.Any(char.IsControl));
        }));
    }

    [Theory]
    [InlineData(DiskFault.Torn, "expected SHA-256 ")]
    [InlineData(DiskFault.Flipped, "expected SHA-256 ")]
    [InlineData(DiskFault.Lost, "expected a file, found nothing there")]
    public void A_damaged_shard_is_named_and_not_read(DiskFault fault, string what)
    {
        using var model = StoredRun.Trained(2);
        _run.Save(model, 10, StoredRun.Ballot(1));
        var newest = _run.Save(model, 20, StoredRun.Ballot(1));
        var path = _run.File(newest, newest.Shards[1].File);
        FaultyStore.Damage(path, fault);
        Assert.Equal([10L], _run.Whole().Select(one => one.Version));
        Assert.StartsWith($"{path}: {what}", Assert.Single(_run.Errors), StringComparison.Ordinal);
        var refusal = Assert.Throws<BadInputException>(() => _run.Store.Read(newest, BlockRange.Whole(Tiny.Config()), Tiny.Config()));
        Assert.StartsWith($"{path}: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_good_file_in_another_s_place_counts_as_damage()
    {
        using var model = StoredRun.Trained(2);
        using var later = StoredRun.Trained(2, iterations: 3);
        var (one, other) = (_run.Save(model, 10, StoredRun.Ballot(1)), _run.Save(later, 20, StoredRun.Ballot(1)));
        File.Copy(_run.File(one, one.Shards[0].File), _run.File(other, one.Shards[0].File), overwrite: true);
        Assert.Equal([10L], _run.Whole().Select(found => found.Version));
        File.Copy(_run.File(one, "manifest.json"), _run.File(other, "manifest.json"), overwrite: true);
        Assert.Equal([10L], _run.Whole().Select(found => found.Version));
        Assert.Contains("as its folder's name says", _run.Errors[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_of_the_format_before_is_read_and_counts_as_finite()
    {
        using var model = StoredRun.Trained(2);
        var written = _run.Save(model, 10, StoredRun.Ballot(1));
        var path = _run.File(written, "manifest.json");
        var lines = File.ReadAllText(path).Split('\n')[..^3].Where(line => !line.Contains("is-finite", StringComparison.Ordinal)).ToList();
        bool IsLast(int index) => index + 1 < lines.Count && lines[index + 1].Trim().StartsWith('}');
        var text = string.Concat(lines.Select((line, index) => (IsLast(index) ? line.TrimEnd(',') : line) + "\n"))
            .Replace("\"format\": 3", "\"format\": 2", StringComparison.Ordinal);
        File.WriteAllText(path, $"{text}  \"sha256\": \"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}\"\n}}\n");
        var read = Assert.Single(_run.Store.Whole(StoredRun.Name, _run.Errors.Add));
        Assert.Equal(written.Shards.AsEnumerable(), read.Shards.AsEnumerable());
    }

    /// <summary>A forger can correct the digest at a manifest's end; its content is still checked.</summary>
    [Theory]
    [InlineData("\"file\": \"block-0-of-2.safetensors\"", "\"file\": \"../block-0-of-2.safetensors\"", "expected the name of a .safetensors file next to it, found ../block-0-of-2.safetensors")]
    [InlineData("\"file\": \"block-0-of-2.safetensors\"", "\"file\": \"manifest.json\"", "expected the name of a .safetensors file next to it, found manifest.json")]
    [InlineData("\"format\": 3", "\"format\": 4", "expected a manifest of format 3, found 4")]
    [InlineData("\"format\": 3,", "", "expected a manifest of format 3, found none")]
    [InlineData("\"block\": 1", "\"block\": 0", "expected a shard of every block from 0 on, found blocks 0, 0")]
    [InlineData("\"block\": 1", "\"block\": 1, \"more\": 1", "expected a manifest of format 3, found an error in line ")]
    [InlineData("\"block\": 1", "\"block\": 1, \"block\": 1", "expected a manifest of format 3, found ")]
    [InlineData("\"run\": \"run\"", "\"run\": null", "expected a manifest of format 3, found ")]
    [InlineData("\"run\": \"run\",", "", "expected a manifest of format 3, found ")]
    [InlineData("\"version\": 10", "\"version\": 11", "expected the manifest of run run as its folder's name says")]
    public void A_manifest_that_says_something_else_is_refused(string what, string other, string message)
    {
        var path = Forge(what, other);
        Assert.Empty(_run.Whole());
        Assert.StartsWith($"{path}: {message}", Assert.Single(_run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_manifest_is_named_with_its_line_and_field()
    {
        var path = Forge("\"run\": \"run\"", "\"run\": \"ru\\ud800\"");
        Assert.Empty(_run.Whole());
        Assert.Equal($"{path}:3: run: expected Unicode, found half a surrogate pair", Assert.Single(_run.Errors));
    }

    [Fact]
    public void A_disk_that_fills_up_is_reported_and_keeps_the_previous_checkpoint()
    {
        using var model = StoredRun.Trained(2);
        var before = _run.Save(model, 10, StoredRun.Ballot(1));
        var room = new FileInfo(_run.File(before, before.Shards[0].File)).Length;
        var answers = StoredRun.Write(new FaultyStore(_run.Store) { Room = room }, model, 20, StoredRun.Ballot(1));
        Assert.Equal([true, false], answers.Select(answer => answer.Seal is not null));
        Assert.Equal([10L], _run.Whole().Select(one => one.Version));
    }

    /// <summary>A device on which there is never room, in the place of the temporary file.</summary>
    [Fact]
    public void A_full_disk_is_reported_and_leaves_no_partial_file()
    {
        const string full = "/dev/full";
        Assert.SkipUnless(File.Exists(full), $"no device that is always full: {full} is absent");
        using var model = StoredRun.Trained(3);
        _run.Save(model, 10, StoredRun.Ballot(1));
        var folder = _run.Store.FolderOf(20, StoredRun.Ballot(1));
        void Fill(string name) => File.CreateSymbolicLink(Path.Combine(folder, $"{name}.{Environment.ProcessId}.tmp"), full);
        List<(ShardSeal? Seal, string? Error)> Write(int block)
        {
            var one = model.Trainers[block].Capture();
            var answers = new List<(ShardSeal?, string?)>();
            _run.Store.Write(StoredRun.Name, 20, StoredRun.Ballot(1), one, one.Digest(), (seal, error) => answers.Add((seal, error)));
            return answers;
        }

        Assert.NotNull(Write(0)[0].Seal);
        Fill("block-1-of-3.safetensors");
        var (seal, error) = Write(1)[0];
        Assert.Null(seal);
        Assert.Contains("No space left on device", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));

        var seals = Enumerable.Range(0, 3).Select(block => Write(block)[0].Seal!).ToList();
        Fill("manifest.json");
        var manifest = StoredRun.Manifest(20, StoredRun.Ballot(1), seals);
        Assert.Contains("No space left on device", StoredRun.Seal(_run.Store, manifest), StringComparison.Ordinal);
        Assert.Equal(seals.Select(shard => shard.File), Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        Assert.Equal([10L], _run.Whole().Select(one => one.Version));
        Assert.Null(StoredRun.Seal(_run.Store, manifest));
        Assert.Equal([20L, 10], _run.Whole().Select(one => one.Version));
    }

    [Fact]
    public void A_folder_that_cannot_be_created_is_reported()
    {
        using var model = StoredRun.Trained(2);
        Directory.CreateDirectory(Path.GetDirectoryName(_run.Folder)!);
        File.WriteAllText(_run.Folder, "a file in its place");
        Assert.All(StoredRun.Write(_run.Store, model, 1, StoredRun.Ballot(1)), answer => Assert.True(answer is { Seal: null, Error.Length: > 0 }));
        var seal = new ShardSeal(0, "block-0-of-1.safetensors", new string('0', 64), 0);
        Assert.NotNull(StoredRun.Seal(_run.Store, StoredRun.Manifest(1, StoredRun.Ballot(1), [seal])));
        Assert.Empty(_run.Whole());
    }

    /// <summary>Writes a checkpoint and changes its manifest, whose digest is corrected.</summary>
    private string Forge(string what, string other)
    {
        using var model = StoredRun.Trained(2);
        var path = _run.File(_run.Save(model, 10, StoredRun.Ballot(1)), "manifest.json");
        var text = File.ReadAllText(path);
        Assert.Contains(what, text, StringComparison.Ordinal);
        var lines = text.Split('\n')[..^3].Select(line => line + "\n");
        var changed = string.Concat(lines).Replace(what, other, StringComparison.Ordinal);
        File.WriteAllText(path, $"{changed}  \"sha256\": \"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(changed)))}\"\n}}\n");
        return path;
    }
}
