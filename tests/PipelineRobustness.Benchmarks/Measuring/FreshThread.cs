using System.Runtime.ExceptionServices;
using TorchSharp;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Work on a fresh thread with so many intra-op threads: a thread keeps for life the number that holds when it first
/// uses torch.
/// </summary>
internal sealed class FreshThread<T>
{
    private readonly Thread _thread;
    private T? _result;
    private ExceptionDispatchInfo? _failure;

    private FreshThread(int intraOpThreads, Func<T> work)
    {
        _thread = new Thread(() =>
        {
            try
            {
                torch.set_num_threads(intraOpThreads);
                _result = work();
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        _thread.Start();
    }

    /// <summary>Starts the work.</summary>
    public static FreshThread<T> Start(int intraOpThreads, Func<T> work) => new(intraOpThreads, work);

    /// <summary>Waits for its result; throws what it threw.</summary>
    public T Join()
    {
        _thread.Join();
        _failure?.Throw();
        return _result!;
    }
}
