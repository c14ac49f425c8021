using System.Text.Json.Nodes;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Experiments;
using static PipelineRobustness.Tests.Cli.Commands;

namespace PipelineRobustness.Tests.Cli;

/// <summary>Audits whose keys the operating system drew can be made again.</summary>
public sealed class AuditsOptionSpecs : IDisposable
{
    private const string Audited =
        """
        seed = 3
        model.preset = gpt2-nano
        pipeline.stages = 3
        training { iterations = 3, micro-batches = 2, micro-batch-size = 1, sequence-length = 8, learning-rate = 1e-3 }
        defence { remedy = referee, audit { share = 0.5, steps = 0.5, secret = random } }
        runs = [{ name = audited, attack.liars = [{ kind = collude, stage = 1 }] }]
        """;

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Audits_of_an_earlier_run_are_made_again()
    {
        var file = _files.Write(Audited);
        var (first, second) = (await FolderOfRunThatUndoesNothingAsync(file), Path.Combine(_files.Folder, "second"));
        var events = Path.Combine(first, "events.jsonl");
        Assert.Equal(ExitCode.Done, (await InvokeAsync("run", file, "--out", second, "--quiet", "--audits", events)).Code);
        Assert.Equal(Of(first), Of(second));
        var (code, _, error) = await InvokeAsync(
            "run", file, "--out", Path.Combine(_files.Folder, "third"), "--audits", events, "--set", "runs=[{ name = other }]");
        Assert.Equal(ExitCode.BadSettings, code);
        Assert.Contains("events.jsonl: expected run other, found audited", error, StringComparison.Ordinal);
    }

    /// <summary>Its attempt was committed, and is worked again.</summary>
    [Fact]
    public async Task A_sum_that_an_audit_finds_false_is_counted()
    {
        var file = _files.Write(Audited);
        var folder = Path.Combine(_files.Folder, "sums");
        string[] sets =
        [
            "defence.audit={ share = 0, steps = 1, secret = seed }",
            "runs=[{ name = a, attack.liars = [{ kind = false-norm, stage = 1, with = next }] }]",
        ];
        Assert.Equal(ExitCode.Done, (await InvokeAsync(["run", file, "--out", folder, "--quiet", .. sets.SelectMany(set => (string[])["--set", set])])).Code);
        var run = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "experiment.json"), TestContext.Current.CancellationToken))!["runs"]![0]!;
        Assert.Equal((2, 2, 0), ((int)run["attacks"]!, (int)run["detected"]!, (int)run["falseConvictions"]!));
    }

    [Theory]
    [InlineData("defence.remedy = referee", "--audits: expected a run that is audited (defence.audit), found none")]
    [InlineData("defence { remedy = referee, audit.share = 0.5 }", "nothing.jsonl: expected a file, found nothing there")]
    public async Task A_log_of_audits_that_cannot_be_used_is_refused(string settings, string message)
    {
        var (code, _, error) = await InvokeAsync("run", _files.Write(settings), "--out", Path.Combine(_files.Folder, "out"), "--audits", "nothing.jsonl");
        Assert.Equal((ExitCode.BadSettings, $"pipeline-robustness: {message}\n"), (code, error));
    }

    // Where iterations are worked again from a checkpoint, the log has the keys of the second time alone, and does not repeat the run.
    private async Task<string> FolderOfRunThatUndoesNothingAsync(string file)
    {
        const int Most = 30;
        for (var number = 0; number < Most; number++)
        {
            var folder = Path.Combine(_files.Folder, $"first-{number}");
            Assert.Equal(ExitCode.Done, (await InvokeAsync("run", file, "--out", folder, "--quiet")).Code);
            var lines = File.ReadLines(Path.Combine(folder, "events.jsonl")).Select(line => JsonNode.Parse(line)!);
            if (!lines.Any(line => (string?)line["event"] == "recovery" && (long)line["iterations"]! > 0)) return folder;
        }

        Assert.Fail($"each of {Most} runs undid iterations");
        return "";
    }

    private static string Of(string folder)
    {
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!;
        string[] names = ["weightsSha256", "audited", "auditedSteps", "attacks", "detected", "averted", "missed", "rulings"];
        return string.Join(' ', names.Select(name => run[name]!.ToJsonString()));
    }
}
