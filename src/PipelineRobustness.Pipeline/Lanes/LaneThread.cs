namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// A thread of a connection's own. Lanes are read and written on such threads and not on the pool's: a saturated one never leaves its
/// thread, and Akka's own messages wait for a thread of the pool.
/// </summary>
internal static class LaneThread
{
    // They are many, and mostly wait.
    private const int StackBytes = 512 << 10;

    /// <summary>Starts it; the task ends with it.</summary>
    public static Task Start(string name, Action work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(Run, StackBytes) { IsBackground = true, Name = name }.Start();
        return ended.Task;

        void Run()
        {
            try
            {
                work();
                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        }
    }
}
