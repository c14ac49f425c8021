using System.Globalization;
using System.Runtime.InteropServices;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>All TCP connections of this process, for control messages and for tensors.</summary>
internal static class Connections
{
    private const int BothWays = 2;   // SHUT_RDWR
    private const string Listening = "0A";
    private const string Handles = "/proc/self/fd";

    // See man 5 proc_net: the fourth and the tenth field.
    private const int StateField = 3, InodeField = 9;

    private static readonly string[] Tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];

    /// <summary>Shuts them down, as a broken network would. Listening sockets stay open.</summary>
    public static void Drop()
    {
        var connected = Tables.Where(File.Exists).SelectMany(Inodes).ToHashSet();
        foreach (var handle in Directory.EnumerateFileSystemEntries(Handles))
        {
            // One that was closed meanwhile has no target.
            if (Target(handle) is { } target && connected.Contains(target))
                _ = ShutDown(int.Parse(Path.GetFileName(handle), CultureInfo.InvariantCulture), BothWays);
        }
    }

    private static IEnumerable<string> Inodes(string table) =>
        from line in File.ReadAllLines(table).Skip(1)
        let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where fields.Length > InodeField && fields[StateField] != Listening
        select $"socket:[{fields[InodeField]}]";

    private static string? Target(string handle)
    {
        try
        {
            return new FileInfo(handle).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "shutdown")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ShutDown(int socket, int how);
}
