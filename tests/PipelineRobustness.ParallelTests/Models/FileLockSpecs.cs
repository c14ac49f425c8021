using PipelineRobustness.Models.Files;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Models;

/// <summary>One holder alone, or several together.</summary>
public sealed class FileLockSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    private string Path => System.IO.Path.Combine(_files.Folder, "lock");

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_lock_has_one_holder_alone_or_several_together()
    {
        using (FileLock.TryExclusive(Path))
        {
            Assert.Null(FileLock.TryExclusive(Path));
            Assert.Null(FileLock.TryShared(Path));
        }

        using (FileLock.TryShared(Path))
        {
            using var second = FileLock.TryShared(Path);
            Assert.NotNull(second);
            Assert.Null(FileLock.TryExclusive(Path));
        }

        using var last = FileLock.TryExclusive(Path);
        Assert.NotNull(last);
    }

    [Fact]
    public void A_file_that_is_left_is_no_lock_and_stays_as_it_is()
    {
        File.WriteAllText(Path, "left by a process that has died");
        using (var held = FileLock.TryExclusive(Path)) Assert.NotNull(held);
        Assert.Equal("left by a process that has died", File.ReadAllText(Path));
    }

    [Fact]
    public void A_lock_that_becomes_shared_is_held_throughout()
    {
        using var first = FileLock.TryExclusive(Path)!;
        Assert.Null(FileLock.TryShared(Path));
        Assert.True(first.TryShare());
        Assert.True(first.IsShared);
        Assert.Null(FileLock.TryExclusive(Path));
        using var second = FileLock.TryShared(Path);
        Assert.NotNull(second);
    }

    [Fact]
    public void A_lock_whose_file_was_moved_is_not_in_place_and_leaves_the_next_one_alone()
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(_files.Folder, "one")).FullName;
        var path = System.IO.Path.Combine(folder, "lock");
        var first = FileLock.TryExclusive(path)!;
        Assert.True(first.IsInPlace);
        Directory.Move(folder, folder + "-moved");
        Directory.CreateDirectory(folder);
        using var second = FileLock.TryExclusive(path)!;
        Assert.False(first.IsInPlace);
        first.Dispose();
        Assert.True(second.IsInPlace);
        Assert.Null(FileLock.TryShared(path));
    }

    [Fact]
    public void A_folder_where_a_file_is_to_be_locked_is_named()
    {
        Directory.CreateDirectory(Path);
        Assert.Contains("a folder named lock", Assert.Throws<IOException>(() => FileLock.TryExclusive(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_never_has_two_holders_however_many_take_and_release_it()
    {
        var (holders, most, taken) = (0, 0, 0);
        Parallel.For(0, 8, _ =>
        {
            for (var trial = 0; trial < 2000; trial++)
            {
                using var held = FileLock.TryExclusive(Path);
                if (held is null) continue;
                var now = Interlocked.Increment(ref holders);
                InterlockedMax(ref most, now);
                Interlocked.Increment(ref taken);
                Interlocked.Decrement(ref holders);
            }
        });
        Assert.True(taken > 0);
        Assert.Equal(1, most);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; value > seen; seen = most)
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
