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
    public void A_released_lock_leaves_no_file_and_a_left_file_is_no_lock()
    {
        FileLock.TryExclusive(Path)!.Dispose();
        Assert.Empty(Directory.GetFiles(_files.Folder));
        File.WriteAllText(Path, "left by a process that has died");
        using var held = FileLock.TryExclusive(Path);
        Assert.NotNull(held);
    }

    /// <summary>A holder deletes the file that another one has opened and is about to lock.</summary>
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
