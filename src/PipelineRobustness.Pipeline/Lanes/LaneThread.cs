namespace PipelineRobustness.Pipeline;

/// <summary>
/// A thread of a lane's own. Lanes are read and written on such threads and not on the pool's: a saturated one never leaves its thread,
/// and Akka's own messages wait for a thread of the pool.
/// </summary>
internal static class LaneThread
{
    /// <summary>Starts it; the task ends with it.</summary>
    public static Task Start(string name, Action work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
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
        }) { IsBackground = true, Name = name }.Start();
        return ended.Task;
    }
}
