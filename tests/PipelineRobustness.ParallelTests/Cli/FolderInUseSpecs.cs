using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cli;

/// <summary>No two writers share an output folder, whichever commands they are and however close together they start.</summary>
[Collection(Clusters.OfFailingNodes)]
public sealed class FolderInUseSpecs : IDisposable
{
    private const string Endless =
        """
        training { iterations = 1000000, micro-batches = 2, sequence-length = 8 }
        evaluation.windows = 1
        checkpoint.every = 5
        runs = [{ name = first }]
        """;

    private readonly ExperimentFiles _files = new();
    private readonly string _file;

    public FolderInUseSpecs() => _file = _files.Write(Endless);

    private string Out => Path.Combine(_files.Folder, "out");

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("run")]
    [InlineData("run", "--resume")]
    [InlineData("simulate")]
    [InlineData("node", "--nodes", "1", "--port", "0")]
    [InlineData("node", "--nodes", "1", "--port", "0", "--resume")]
    public async Task A_second_writer_is_refused_and_the_first_continues(string command, params string[] options)
    {
        using var first = NodeProcess.StartCommand("run", _file, "--out", Out);
        await NodeProcesses.TrainsAsync(Out);
        using var second = NodeProcess.StartCommand([command, _file, "--out", Out, .. options]);
        Assert.Equal(ExitCode.BadSettings, await second.EndsAsync());
        Refusal.Like($"--out: expected a folder that no other process writes to, found {Out} in use ..", second.Said);
        first.Signal(NodeProcess.Interrupt);
        Assert.Equal(ExitCode.Interrupted, await first.EndsAsync());
        Assert.Equal("interrupted", NodeProcesses.Status(Out));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("node", "--nodes", "1", "--port", "0")]
    public async Task One_of_two_writers_started_in_the_same_instant_works(string command, params string[] options)
    {
        using var one = NodeProcess.StartCommand([command, _file, "--out", Out, .. options]);
        using var other = NodeProcess.StartCommand([command, _file, "--out", Out, .. options]);
        var ended = await await Task.WhenAny(one.EndsAsync(), other.EndsAsync());
        Assert.Equal(ExitCode.BadSettings, ended);
        var working = one.Said.Contains("in use", StringComparison.Ordinal) ? other : one;
        await NodeProcesses.TrainsAsync(Out);
        working.Signal(NodeProcess.Interrupt);
        Assert.Equal(ExitCode.Interrupted, await working.EndsAsync());
        Assert.Equal("interrupted", NodeProcesses.Status(Out));
    }

    [Fact]
    public async Task Runs_without_a_folder_get_one_each_in_the_same_instant()
    {
        var file = _files.Write(Endless.Replace("1000000", "1", StringComparison.Ordinal), "short.conf");
        const string Line = "cd \"$1\"; for i in 1 2 3; do $program run \"$2\" & all+=\" $!\"; done; for one in $all; do wait $one || exit; done";
        using var three = NodeProcess.StartShell(Line, _files.Folder, file);
        Assert.Equal(ExitCode.Done, await three.EndsAsync());
        var folders = Directory.GetDirectories(Out);
        Assert.Equal(3, folders.Length);
        Assert.All(folders, folder => Assert.Equal("done", NodeProcesses.Status(folder)));
    }

    [Fact]
    public async Task A_dead_process_leaves_no_lock()
    {
        using var first = NodeProcess.StartCommand("run", _file, "--out", Out);
        await NodeProcesses.TrainsAsync(Out);
        first.Signal(NodeProcess.Kill);
        await first.EndsAsync();
        using var second = NodeProcess.StartCommand("run", _file, "--out", Out, "--resume");
        await second.SaysAsync("first: ");
        second.Signal(NodeProcess.Interrupt);
        Assert.Equal(ExitCode.Interrupted, await second.EndsAsync());
    }

    [Fact]
    public async Task A_process_that_is_only_stopped_keeps_its_folder()
    {
        using var first = NodeProcess.StartCommand("run", _file, "--out", Out);
        await NodeProcesses.TrainsAsync(Out);
        first.Signal(NodeProcess.Stop);
        using var second = NodeProcess.StartCommand("run", _file, "--out", Out, "--resume");
        Assert.Equal(ExitCode.BadSettings, await second.EndsAsync());
        first.Signal(NodeProcess.Continue);
        first.Signal(NodeProcess.Interrupt);
        Assert.Equal(ExitCode.Interrupted, await first.EndsAsync());
    }

    [Fact]
    public async Task A_process_whose_folder_another_has_now_writes_nothing_there()
    {
        using var first = NodeProcess.StartCommand("run", _file, "--out", Out);
        await NodeProcesses.TrainsAsync(Out);
        first.Signal(NodeProcess.Stop);
        await first.IsStoppedAsync();
        Directory.Move(Out, Out + "-moved");
        using var second = NodeProcess.StartCommand("run", _file, "--out", Out);
        await NodeProcesses.TrainsAsync(Out);
        second.Signal(NodeProcess.Stop);
        await second.IsStoppedAsync();
        var before = Entries(Out);
        first.Signal(NodeProcess.Continue);
        Assert.Equal(ExitCode.Failed, await first.EndsAsync());
        Assert.Contains("another one has taken this folder over", first.Said, StringComparison.Ordinal);
        Assert.Equal(before, Entries(Out));
        using var third = NodeProcess.StartCommand("run", _file, "--out", Out, "--resume");
        Assert.Equal(ExitCode.BadSettings, await third.EndsAsync());
    }

    [Fact]
    public async Task A_process_whose_folder_is_gone_ends_and_makes_no_new_one()
    {
        using var run = NodeProcess.StartCommand("run", _file, "--out", Out);
        await NodeProcesses.TrainsAsync(Out);
        Directory.Move(Out, Out + "-moved");
        Assert.Equal(ExitCode.Failed, await run.EndsAsync());
        Assert.Contains("expected this folder, found it gone", run.Said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public async Task A_file_called_lock_is_the_user_s()
    {
        var own = Path.Combine(Directory.CreateDirectory(Out).FullName, "lock");
        await File.WriteAllTextAsync(own, "mine", TestContext.Current.CancellationToken);
        var file = _files.Write(Endless.Replace("1000000", "1", StringComparison.Ordinal), "short.conf");
        using var simulation = NodeProcess.StartCommand("simulate", file, "--out", Out);
        await simulation.EndsAsync();
        Assert.Equal("mine", await File.ReadAllTextAsync(own, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_node_of_a_cluster_keeps_others_out_when_its_leader_is_dead()
    {
        using var cluster = new NodeProcesses(2, NodeProcesses.Endless);
        var nodes = cluster.StartAll();
        await cluster.TrainsAsync();
        nodes[1].Signal(NodeProcess.Stop);
        nodes[0].Signal(NodeProcess.Kill);
        await nodes[0].EndsAsync();
        using var other = NodeProcess.StartCommand("run", _file, "--out", cluster.Out, "--resume");
        Assert.Equal(ExitCode.BadSettings, await other.EndsAsync());
        Assert.Contains("in use by another process", other.Said, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Entries(string folder) =>
        Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
}
