using System.Text.Json.Nodes;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cli;

/// <summary>An output folder on a small file system of its own, which only the test's process sees and which ends with it.</summary>
public sealed class FullDiskSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    private string Disk => Directory.CreateDirectory(Path.Combine(_files.Folder, "disk")).FullName;

    private string Copy => Path.Combine(_files.Folder, "experiment.json");

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("size=64k", "head -c 64k /dev/zero > \"$2/fill\"; $program run \"$1\" --out \"$2/out\"", "No space left on device")]
    [InlineData("size=64k", "head -c 64k /dev/zero > \"$2/fill\"; $program simulate \"$1\" --out \"$2/out\"", "No space left on device")]
    [InlineData(
        "size=64k", "head -c 64k /dev/zero > \"$2/fill\"; $program node \"$1\" --out \"$2/out\" --nodes 1 --port 0", "No space left on device")]
    [InlineData("size=64k,nr_inodes=3", "mkdir \"$2/out\"; : > \"$2/fill\"; $program run \"$1\" --out \"$2/out\"", "No space left on device")]
    [InlineData("size=64k,ro", "$program run \"$1\" --out \"$2/out\"", "Read-only file system")]
    [InlineData("size=64k,ro", "$program node \"$1\" --out \"$2/out\" --nodes 1 --port 0", "Read-only file system")]
    public async Task A_disk_that_is_full_or_read_only_from_the_start_is_refused(string disk, string line, string found)
    {
        using var run = await StartAsync(disk, line);
        Assert.Equal(ExitCode.BadSettings, await run.EndsAsync());
        Assert.Equal($"pipeline-robustness: --out: expected a folder that can be written to, found {Disk}/out: {found}", run.Said.Trim());
    }

    [Theory]
    [InlineData("1m", 0)]
    [InlineData("9m", 1)]
    public async Task A_run_whose_weights_find_no_room_keeps_its_numbers_and_resumes(string size, int checkpoints)
    {
        const string Line =
            "$program run \"$1\" --out \"$2/out\"; echo \"code $?\"; cat \"$2/out/experiment.json\" > \"$3.full\"; "
            + "ls -d \"$2\"/out/checkpoints/first-*/v* 2>&1; "
            + "mount -o remount,size=90m \"$2\"; $program run \"$1\" --out \"$2/out\" --resume; code=$?; "
            + "cat \"$2/out/experiment.json\" > \"$3\"; exit $code";
        using var run = await StartAsync($"size={size}", Line);
        Assert.Equal(ExitCode.Done, await run.EndsAsync());
        Assert.Contains("code 1", run.Said.Split('\n'));
        Assert.Contains("run first failed: expected room to save the weights, found No space left on device", run.Said.Split('\n'));
        Assert.Equal(checkpoints, run.Said.Split('\n').Count(said => said.Contains("/v00000002-", StringComparison.Ordinal) && said.StartsWith('/')));
        var (full, resumed) = (await FirstAsync(Copy + ".full"), await FirstAsync(Copy));
        Assert.Equal(("failed", "done"), ((string)full["status"]!, (string)resumed["status"]!));
        foreach (var number in (string[])["iterations", "evaluationLoss", "perplexity", "attempts", "weightsSha256", "stateSha256", "windowsUsed"])
            Assert.Equal(resumed[number]!.ToJsonString(), full[number]?.ToJsonString());
        Assert.Equal((null, "first/model"), ((string?)full["modelFolder"], (string?)resumed["modelFolder"]));
    }

    [Theory]
    [InlineData("run", "report.html", "no report: expected to save the report, found Access to the path ", "2 of 2 runs done; ")]
    [InlineData("simulate", "simulation.json", "pipeline-robustness: expected to save ", "first: quiet over one-rack: right: ")]
    public async Task A_file_that_cannot_be_written_at_the_end_is_one_line(string command, string file, string line, string other)
    {
        // A folder has the name that the file would be written under first.
        const string Line = "mkdir \"$2/out\"; echo 'mkdir \"$1.$$.tmp\"; shift; exec \"$@\"' > \"$2/with\"; bash \"$2/with\" ";
        using var run = await StartAsync("size=90m", $"{Line} \"$2/out/{file}\" $program {command} \"$1\" --out \"$2/out\"");
        Assert.Equal(ExitCode.Failed, await run.EndsAsync());
        Assert.Single(run.Said.Split('\n'), said => said.StartsWith(line, StringComparison.Ordinal));
        Assert.Contains(other, run.Said, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> FirstAsync(string path) =>
        JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!["runs"]![0]!;

    // In the line, $1 is the experiment, $2 the disk, $3 a path outside it.
    private async Task<NodeProcess> StartAsync(string disk, string line)
    {
        using var may = NodeProcess.StartProgram("unshare", "-Urm", "mount", "-t", "tmpfs", "none", Disk);
        Assert.SkipUnless(await may.EndsAsync() == 0, "This system lets its users mount nothing.");
        var file = _files.Write(TwoRuns.Short.Replace("iterations = 2", "iterations = 5", StringComparison.Ordinal) + "\ncheckpoint.every = 2");
        return NodeProcess.StartShell(
            "export program; exec unshare -Urm bash -c 'mount -t tmpfs -o \"$4\" none \"$2\"; eval \"$5\"' bash \"$@\"", file, Disk, Copy, disk, line);
    }
}
