using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Tests.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>What was written can be read with any partition; what is kept, what replaces what, and what a crash leaves.</summary>
public sealed class CheckpointStoreSpecs : IDisposable
{
    private readonly StoredRun _run = new(keep: 2);

    public CheckpointStoreSpecs() => set_num_threads(1);

    public void Dispose() => _run.Dispose();

    [Fact]
    public void State_is_the_same_for_any_cut_that_writes_and_any_that_reads()
    {
        var cuts = from written in Gen.Choose(1, 4)
                   from read in Gen.Choose(1, 4)
                   from tied in Gen.Elements(true, false)
                   select (written, read, tied);
        var version = 0L;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(12), Prop.ForAll(cuts.ToArbitrary(), cut =>
        {
            using var model = StoredRun.Trained(cut.written, cut.tied);
            var manifest = _run.Save(model, ++version, StoredRun.Ballot(1));
            Assert.Equal(model.Trainers.Select(trainer => trainer.StateDigest()), manifest.Shards.Select(shard => shard.StateDigest));
            using var restored = StoredRun.Restored(_run.Store, manifest, cut.read, cut.tied);
            Assert.Equal(model.StateFingerprint(), restored.StateFingerprint());
            if (cut.written == cut.read)
                Assert.Equal(manifest.Shards.Select(shard => shard.StateDigest), restored.Trainers.Select(trainer => trainer.StateDigest()));
        }));
    }

    [Fact]
    public void Training_resumes_to_the_same_bits_in_another_cut()
    {
        using var undisturbed = StoredRun.Trained(2, iterations: 4);
        using var interrupted = StoredRun.Trained(4);
        using var resumed = StoredRun.Restored(_run.Store, _run.Save(interrupted, 2, StoredRun.Ballot(1)), 3);
        for (var iteration = 2; iteration < 4; iteration++)
            resumed.Train(Tiny.Windows(), iteration, Tiny.MicroBatches, 1e-2, Tiny.Clip);
        Assert.Equal(undisturbed.StateFingerprint(), resumed.StateFingerprint());
    }

    [Fact]
    public void State_read_outlives_its_dispose_scope_and_state_written_is_freed()
    {
        using var model = StoredRun.Trained(2);
        var state = model.Trainers[0].Capture();
        var seals = new List<ShardSeal?>();
        _run.Store.Write(StoredRun.Name, 2, StoredRun.Ballot(1), state, state.Digest(), (seal, _) => seals.Add(seal));
        Assert.All(state.Parameters, parameter => Assert.True(parameter.Weight.IsInvalid && parameter.SecondMoment.IsInvalid));

        BlockState read;
        using (NewDisposeScope())
            read = _run.Store.Read(StoredRun.Manifest(2, StoredRun.Ballot(1), seals!), model.Trainers[0].Block.Range, Tiny.Config());
        using (read)
            Assert.Equal(model.Trainers[0].StateDigest(), read.Digest());
    }

    [Fact]
    public void The_manifest_returns_the_server_s_state()
    {
        using var model = StoredRun.Trained(3);
        var written = _run.Save(model, 2, StoredRun.Ballot(1));
        var read = Assert.Single(_run.Store.Whole(StoredRun.Name, _run.Errors.Add));
        Assert.Empty(_run.Errors);
        Assert.Equal((written.Run, written.Version, written.Ballot), (read.Run, read.Version, read.Ballot));
        Assert.Equal(written.Shards.AsEnumerable(), read.Shards.AsEnumerable());
        var (expected, found) = (written.State, read.State);
        Assert.Equal(expected.Placement.AsEnumerable(), found.Placement.AsEnumerable());
        Assert.Equal(expected.Digests.AsEnumerable(), found.Digests.AsEnumerable());
        Assert.Equal(
            expected.Detectors.SelectMany(state => state.Forward.Concat(state.Backward)),
            found.Detectors.SelectMany(state => state.Forward.Concat(state.Backward)));
        Assert.Equal(expected with { Placement = [], Digests = [], Detectors = [] }, found with { Placement = [], Digests = [], Detectors = [] });
    }

    [Fact]
    public void Checkpoints_are_listed_newest_first_and_only_the_set_number_is_kept()
    {
        using var model = StoredRun.Trained(2);
        foreach (var version in (long[])[9, 10, 123_456_789, 123_456_790])
            _run.Save(model, version, StoredRun.Ballot(2));
        Assert.Equal([123_456_790L, 123_456_789], _run.Whole().Select(one => one.Version));
        Assert.Equal(2, Directory.GetDirectories(_run.Folder).Length);
        Assert.Empty(_run.Errors);
    }

    [Fact]
    public void The_newest_finite_checkpoint_stays_beyond_the_set_number()
    {
        using var model = StoredRun.Trained(2);
        using var broken = StoredRun.Trained(2);
        using (no_grad()) broken.Trainers[1].LiveState[^1][0] = float.NaN;
        foreach (var version in (long[])[1, 2]) Assert.True(_run.Save(model, version, StoredRun.Ballot(1)).IsFinite);
        foreach (var version in (long[])[3, 4, 5, 6]) Assert.False(_run.Save(broken, version, StoredRun.Ballot(1)).IsFinite);
        Assert.Equal([6L, 5, 2], _run.Whole().Select(one => one.Version));
        Assert.Equal([false, false, true], _run.Store.Whole(StoredRun.Name, _run.Errors.Add).Select(one => one.IsFinite));
        foreach (var version in (long[])[7, 8]) _run.Save(model, version, StoredRun.Ballot(1));
        Assert.Equal([8L, 7], _run.Whole().Select(one => one.Version));
        Assert.Empty(_run.Errors);
    }

    [Fact]
    public void A_damaged_checkpoint_does_not_stay_in_place_of_a_finite_one()
    {
        using var model = StoredRun.Trained(2);
        using var broken = StoredRun.Trained(2);
        using (no_grad()) broken.Trainers[0].LiveState[0].fill_(float.NaN);
        _run.Save(model, 1, StoredRun.Ballot(1));
        var damaged = _run.Save(model, 2, StoredRun.Ballot(1));
        File.AppendAllText(_run.File(damaged, damaged.Shards[0].File), "x");
        foreach (var version in (long[])[3, 4]) _run.Save(broken, version, StoredRun.Ballot(1));
        Assert.Equal([4L, 3, 1], _run.Whole().Select(one => one.Version));
        Assert.True(_run.Store.KeepNewestFinite(StoredRun.Name));
        Assert.Equal([1L], _run.Whole().Select(one => one.Version));
    }

    [Fact]
    public void A_lower_ballot_never_replaces_a_higher_one()
    {
        using var first = StoredRun.Trained(2);
        using var other = StoredRun.Trained(2, iterations: 1);
        var higher = _run.Save(first, 5, StoredRun.Ballot(3, "node-2"));
        foreach (var ballot in new[] { StoredRun.Ballot(2, "node-9"), StoredRun.Ballot(3) })
        {
            var late = StoredRun.Manifest(5, ballot, StoredRun.Write(_run.Store, other, 5, ballot).Select(answer => answer.Seal!));
            Assert.Contains("higher ballot", StoredRun.Seal(_run.Store, late), StringComparison.Ordinal);
        }
        Assert.Equal([(5, higher.Ballot)], _run.Whole());
        using var restored = StoredRun.Restored(_run.Store, higher, 2);
        Assert.Equal(first.StateFingerprint(), restored.StateFingerprint());

        _run.Save(first, 5, StoredRun.Ballot(4));
        Assert.Equal([(5, StoredRun.Ballot(4))], _run.Whole());
        Assert.Single(Directory.GetDirectories(_run.Folder));
    }

    [Fact]
    public void A_damaged_checkpoint_of_a_higher_ballot_blocks_no_other()
    {
        using var model = StoredRun.Trained(2);
        var higher = _run.Save(model, 5, StoredRun.Ballot(3));
        FaultyStore.Damage(_run.File(higher, higher.Shards[1].File), DiskFault.Flipped);
        _run.Save(model, 5, StoredRun.Ballot(2));
        Assert.Equal([(5, StoredRun.Ballot(2))], _run.Whole());
    }

    [Fact]
    public void A_crash_before_the_manifest_keeps_the_previous_checkpoint()
    {
        using var model = StoredRun.Trained(2);
        _run.Save(model, 10, StoredRun.Ballot(1));
        StoredRun.Write(_run.Store, model, 20, StoredRun.Ballot(1));
        var left = Path.Combine(_run.Store.FolderOf(20, StoredRun.Ballot(1)), "block-1-of-2.safetensors.77.tmp");
        File.WriteAllText(left, "half of a shard");
        Assert.Equal([10L], _run.Whole().Select(one => one.Version));
        var manifest = Path.Combine(_run.Store.FolderOf(20, StoredRun.Ballot(1)), "manifest.json");
        Assert.Equal([$"{manifest}: expected a file, found nothing there"], _run.Errors);

        _run.Save(model, 20, StoredRun.Ballot(2));
        Assert.Equal([(20L, StoredRun.Ballot(2)), (10, StoredRun.Ballot(1))], _run.Whole());
        Assert.False(File.Exists(left));
    }

    [Fact]
    public void A_later_server_s_shards_are_not_deleted_by_an_earlier_one()
    {
        using var model = StoredRun.Trained(2);
        var later = StoredRun.Write(_run.Store, model, 10, StoredRun.Ballot(5));
        _run.Save(model, 20, StoredRun.Ballot(4));
        _run.Save(model, 30, StoredRun.Ballot(4));
        Assert.Null(StoredRun.Seal(_run.Store, StoredRun.Manifest(10, StoredRun.Ballot(5), later.Select(answer => answer.Seal!))));
        Assert.Equal([30L, 20, 10], _run.Whole().Select(one => one.Version));
    }

    [Fact]
    public void A_state_with_an_unexpected_digest_is_not_written()
    {
        using var model = StoredRun.Trained(2);
        var state = model.Trainers[0].Capture();
        var (asked, found) = (state.Digest() + 1, state.Digest());
        var answers = new List<(ShardSeal?, string?)>();
        _run.Store.Write(StoredRun.Name, 2, StoredRun.Ballot(1), state, asked, (seal, error) => answers.Add((seal, error)));
        Assert.Equal(
            [(null, $"{_run.Store.FolderOf(2, StoredRun.Ballot(1))}: block 0: expected a state of digest {asked:x32}, found one of {found:x32}")],
            answers);
        Assert.True(state.Parameters[0].Weight.IsInvalid);
        Assert.False(Directory.Exists(_run.Folder));
    }

    [Fact]
    public void A_finished_checkpoint_is_not_written_to_again()
    {
        using var model = StoredRun.Trained(2);
        using var other = StoredRun.Trained(2, iterations: 1);
        _run.Save(model, 2, StoredRun.Ballot(1));
        var answers = StoredRun.Write(_run.Store, other, 2, StoredRun.Ballot(1));
        Assert.All(answers, answer => Assert.Contains("a finished one", answer.Error, StringComparison.Ordinal));
        Assert.Single(_run.Whole());
    }

    [Fact]
    public void A_manifest_with_a_missing_block_or_file_is_not_written()
    {
        using var model = StoredRun.Trained(3);
        var seals = StoredRun.Write(_run.Store, model, 2, StoredRun.Ballot(1)).ConvertAll(answer => answer.Seal!);
        string? Refusal(IEnumerable<ShardSeal> named) => StoredRun.Seal(_run.Store, StoredRun.Manifest(2, StoredRun.Ballot(1), named));
        Assert.EndsWith("expected a shard of every block from 0 on, found blocks 0, 2", Refusal([seals[0], seals[2]]), StringComparison.Ordinal);
        Assert.EndsWith("expected a shard of every block from 0 on, found blocks ", Refusal([]), StringComparison.Ordinal);
        Assert.EndsWith(
            "absent.safetensors: expected the shard of block 1, found nothing there",
            Refusal([seals[0], seals[1] with { File = "absent.safetensors" }, seals[2]]), StringComparison.Ordinal);
        Assert.Empty(_run.Whole());
    }

    [Fact]
    public void Another_run_s_checkpoint_is_ignored()
    {
        using var model = StoredRun.Trained(2);
        _run.Save(model, 2, StoredRun.Ballot(1));
        Assert.Empty(_run.Store.Whole("other", _run.Errors.Add));
        Assert.Contains("expected the manifest of run other", Assert.Single(_run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_refused_by_the_parameter()
    {
        using var model = StoredRun.Trained(2);
        var manifest = _run.Save(model, 2, StoredRun.Ballot(1));
        string Refusal(ModelConfig config) => Assert.Throws<BadInputException>(() =>
            _run.Store.Read(manifest, BlockRange.Whole(config), config)).Message;
        Assert.Contains("transformer.h.4.ln_1.weight", Refusal(Tiny.Config(layers: 5)), StringComparison.Ordinal);
        Assert.Contains("expected shape [16, 32], found [16, 64]", Refusal(Tiny.Config() with { Inner = 32 }), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_has_no_checkpoint()
    {
        Assert.Empty(_run.Whole());
        Directory.CreateDirectory(Path.Combine(_run.Folder, "v1-b1.of another user"));
        File.WriteAllText(Path.Combine(_run.Folder, "v00000001-b1.node-1.0000000000000007"), "a file");
        Assert.Empty(_run.Whole());
        Assert.Empty(_run.Errors);
    }
}
