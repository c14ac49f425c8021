using System.Diagnostics;
using System.Net.Sockets;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Tests.Models;

/// <summary>Paths to pipes, sockets, devices and regular files.</summary>
public sealed class UserFileSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "file");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_pipe_is_refused_without_waiting_for_a_writer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pipes are detected on Linux only");
        using (var made = Process.Start("mkfifo", [Path]))
            made.WaitForExit();
        RefusesSpecial(Path);
    }

    [Fact]
    public void Sockets_and_devices_are_refused_even_through_a_link()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "devices are detected on Linux only");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(Path));
            RefusesSpecial(Path);
        }
        File.Delete(Path);
        RefusesSpecial("/dev/zero");
        File.CreateSymbolicLink(Path, "/dev/zero");
        RefusesSpecial(Path);
    }

    [Fact]
    public void A_regular_file_is_read_even_through_a_link_or_if_it_is_empty()
    {
        File.WriteAllText(Path, "text");
        File.CreateSymbolicLink(Path + "-link", Path);
        Assert.Equal("text", UserFile.ReadText(Path + "-link", 4));
        File.WriteAllText(Path, "");
        Assert.Equal("", UserFile.ReadText(Path, 4));
    }

    private static void RefusesSpecial(string path)
    {
        var what = $"{path}: expected a regular file, found a pipe, socket or device";
        Assert.Equal(what, Assert.Throws<BadInputException>(() => UserFile.ReadText(path, 1000)).Message);
        Assert.Equal(what, Assert.Throws<BadInputException>(() => SafeTensorsFile.Open(path)).Message);
    }
}
