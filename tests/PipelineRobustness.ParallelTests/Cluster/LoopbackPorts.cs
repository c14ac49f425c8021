using System.Net;
using System.Net.Sockets;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>
/// Ports that no other test of this process gets, below the range from which Linux takes those of outgoing connections and that of
/// run-cluster.sh.
/// </summary>
internal static class LoopbackPorts
{
    private const int First = 10_000;
    private const int Count = 9_000;

    private static readonly Lock Gate = new();

    // The next port to try. Another test process at the same time begins elsewhere.
    private static int _next = Environment.ProcessId * 97 % Count;

    /// <summary>Free ports in ascending order: of two halves of a cluster the one with the lowest address stays.</summary>
    public static int[] Take(int count)
    {
        lock (Gate)
        {
            var taken = new List<int>();
            for (; taken.Count < count; _next = (_next + 1) % Count)
                if (IsFree(First + _next)) taken.Add(First + _next);
            return [.. taken.Order()];
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
