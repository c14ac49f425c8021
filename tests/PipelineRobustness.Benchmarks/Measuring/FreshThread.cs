using System.Runtime.ExceptionServices;
using TorchSharp;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Runs work on a new thread with a number of intra-op threads: a thread keeps the number that is set when it first
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

    /// <summary>Waits for the result; rethrows its exception.</summary>
    public T Join()
    {
        _thread.Join();
        _failure?.Throw();
        return _result!;
    }
}
