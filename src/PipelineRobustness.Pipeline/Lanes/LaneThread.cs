namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// A thread for one connection. A saturated lane would never return its thread to the pool, and Akka's messages would wait for one.
/// </summary>
internal static class LaneThread
{
    // Small: there are many, and most of them wait.
    private const int StackBytes = 512 << 10;

    /// <summary>Starts a thread; the task completes when it ends.</summary>
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
