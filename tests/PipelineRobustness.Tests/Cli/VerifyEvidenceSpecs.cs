using System.Text.Json.Nodes;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Experiments;
using static PipelineRobustness.Tests.Cli.Commands;

namespace PipelineRobustness.Tests.Cli;

/// <summary>What a run leaves of its convictions, and what <c>verify-evidence</c> says of it.</summary>
public sealed class VerifyEvidenceSpecs : IDisposable
{
    private const string Liars =
        """
        seed = 3
        training { iterations = 3, micro-batches = 2, sequence-length = 8 }
        evaluation.windows = 1
        defence.remedy = referee
        checkpoint.every = 1
        output.checkpoints = keep
        runs = [
          { name = claims, attack.liars = [{ kind = false-claim, stage = first, from = 1 }, { kind = no-step, stage = 2, from = 2 }] }
          { name = relay, attack.liars = [{ kind = deny, stage = 1, from = 1 }] }
        ]
        """;

    // The first one's lies are not found at once: all that it did is undone, from version 0, before the second one's.
    private const string OfOneHolder =
        """
        seed = 3
        training { iterations = 8, micro-batches = 2, sequence-length = 8 }
        evaluation { windows = 1, every = 1 }
        defence { remedy = referee, copies = none }
        runs = [
          { name = drawn, defence.audit { share = 0.2, steps = 0.3 }, attack.liars = [{ kind = collude, stage = 2 }, { kind = no-step, stage = 1, from = 3 }] }
          { name = found, defence.detector { kind = averages, warm-up = 8, in-a-row = 2 }, attack.forward = { kind = sign-flip, rate = 1, from = 5 } }
        ]
        """;

    private readonly ExperimentFiles _files = new();

    private string Out => Path.Combine(_files.Folder, "out");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Evidence_of_a_run_holds_by_itself_in_its_folder_and_against_a_plain_loop()
    {
        var file = _files.Write(Liars);
        Assert.Equal(ExitCode.Done, (await InvokeAsync("run", file, "--out", Out, "--quiet")).Code);
        var convictions = Convictions(Out);
        Assert.Equal(["claims-1-0-0", "claims-2-0-2", "relay-1-1-1"], convictions.Select(Path.GetFileName));
        foreach (var conviction in convictions)
        {
            foreach (var options in (string[][])[[], ["--run", Out], ["--replay", file], ["--run", Out, "--replay", file]])
            {
                var (code, output, error) = await InvokeAsync(["verify-evidence", conviction, .. options]);
                Assert.Equal((0, ""), (code, error));
                Assert.StartsWith("it holds: run ", Line(output), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Evidence_where_each_block_has_one_holder_holds_as_well()
    {
        var file = _files.Write(OfOneHolder);
        Assert.Equal(ExitCode.Done, (await InvokeAsync("run", file, "--out", Out, "--quiet")).Code);
        var convictions = Convictions(Out);
        Assert.Equal(["drawn-5-0-2", "drawn-5-1-1", "found-5-0-1", "found-5-1-2"], convictions.Select(Path.GetFileName));
        foreach (var conviction in convictions[..2]) Assert.Equal(0, (await InvokeAsync("verify-evidence", conviction)).Code);
        Assert.Equal(0, (await InvokeAsync("verify-evidence", convictions[3], "--run", Out)).Code);
        Assert.Equal(0, (await InvokeAsync("verify-evidence", convictions[2], "--replay", file)).Code);
        // By then an honest run has other states: four lies had been committed.
        var (code, _, error) = await InvokeAsync("verify-evidence", convictions[0], "--replay", file);
        Assert.Equal(3, code);
        Assert.Contains("at version 5 as in a plain loop", Line(error), StringComparison.Ordinal);
        Assert.Equal(Weights("found"), Weights("drawn"));

        string? Weights(string run) => (string?)Run(run)["weightsSha256"];

        JsonNode Run(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Out, "experiment.json")))!["runs"]!.AsArray()
            .First(run => (string?)run!["name"] == name)!;
    }

    [Fact]
    public async Task Evidence_of_another_run_does_not_hold()
    {
        var (file, other) = (_files.Write(Liars), _files.Write(Liars, "b.conf"));
        var elsewhere = Path.Combine(_files.Folder, "elsewhere");
        await InvokeAsync("run", file, "--out", Out, "--quiet");
        await InvokeAsync("run", other, "--seed", "4", "--out", elsewhere, "--quiet");
        var conviction = Convictions(Out)[0];
        var (code, output, error) = await InvokeAsync("verify-evidence", conviction, "--run", elsewhere);
        Assert.Equal((3, ""), (code, output));
        Assert.Contains(": expected run claims of identity ", Line(error), StringComparison.Ordinal);
        (code, _, error) = await InvokeAsync("verify-evidence", conviction, "--replay", other, "--set", "seed=4");
        Assert.Equal(3, code);
        Assert.Contains(": expected run claims of identity ", Line(error), StringComparison.Ordinal);
        // A log of the same run in which another state is written.
        var events = Path.Combine(Out, "events.jsonl");
        var text = await File.ReadAllTextAsync(events, TestContext.Current.CancellationToken);
        var digest = text.IndexOf("\"digests\":[\"", StringComparison.Ordinal) + "\"digests\":[\"".Length;
        await File.WriteAllTextAsync(
            events, text[..digest] + (text[digest] == '0' ? '1' : '0') + text[(digest + 1)..], TestContext.Current.CancellationToken);
        (code, _, error) = await InvokeAsync("verify-evidence", conviction, "--run", Out);
        Assert.Equal(3, code);
        Assert.Contains("expected the states of version 1 as in ", Line(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_evidence_does_not_hold_and_shortened_cannot_be_read()
    {
        await InvokeAsync("run", _files.Write(Liars), "--out", Out, "--quiet");
        var conviction = Convictions(Out)[0];
        var text = Path.Combine(conviction, "evidence.json");
        var written = await File.ReadAllTextAsync(text, TestContext.Current.CancellationToken);
        await WriteAsync(written.Replace("\"seat\": 0", "\"seat\": 1", StringComparison.Ordinal));
        var (code, output, error) = await InvokeAsync("verify-evidence", conviction);
        Assert.Equal((3, ""), (code, output));
        Assert.EndsWith(": expected the server's signature of all lines before it, found another", Line(error), StringComparison.Ordinal);
        await WriteAsync(written.Replace("\"seat\": 0", "\"seat\": 0, \"more\": 1", StringComparison.Ordinal));
        Assert.Equal(ExitCode.BadSettings, (await InvokeAsync("verify-evidence", conviction)).Code);
        await WriteAsync(written[..^10]);
        (code, output, error) = await InvokeAsync("verify-evidence", conviction);
        Assert.Equal((ExitCode.BadSettings, ""), (code, output));
        Assert.StartsWith(
            $"pipeline-robustness: {text}: expected evidence of format 1, found an error in line ", Line(error), StringComparison.Ordinal);
        await WriteAsync(written);
        var exhibits = Path.Combine(conviction, "exhibits.safetensors");
        var bytes = await File.ReadAllBytesAsync(exhibits, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(exhibits, bytes[..^1], TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.BadSettings, (await InvokeAsync("verify-evidence", conviction)).Code);

        Task WriteAsync(string content) => File.WriteAllTextAsync(text, content, TestContext.Current.CancellationToken);
    }

    /// <summary>Of a folder with several convictions, each is verified by itself.</summary>
    [Fact]
    public async Task A_folder_of_other_things_than_one_conviction_is_refused()
    {
        await InvokeAsync("run", _files.Write(Liars), "--out", Out, "--quiet");
        var conviction = Convictions(Out)[0];
        var evidence = Path.Combine(Out, "evidence");
        const string AnyFolder = "the folder of a conviction", OneFolder = "the folder of one conviction, DIR/evidence/RUN-ITERATION-ATTEMPT-STAGE";
        await RefusesAsync($"{evidence}: expected {OneFolder}, found another", evidence);
        await RefusesAsync($"{Out}: expected {OneFolder}, found another", Out);
        await RefusesAsync($"{Out}/none: expected {AnyFolder}, found nothing there", Path.Combine(Out, "none"));
        await RefusesAsync($"{conviction}/evidence.json: expected {AnyFolder}, found a file", Path.Combine(conviction, "evidence.json"));
        await RefusesAsync("--set: expected --replay with it, found none", conviction, "--set", "seed=4");
        await RefusesAsync($"--run: expected the output folder of an experiment, found nothing of one in {conviction}", conviction, "--run", conviction);
        File.Delete(Path.Combine(conviction, "exhibits.safetensors"));
        await RefusesAsync($"{conviction}/exhibits.safetensors: expected a file, found nothing there", conviction);

        async Task RefusesAsync(string why, params string[] arguments)
        {
            var (code, output, error) = await InvokeAsync(["verify-evidence", .. arguments]);
            Assert.Equal((ExitCode.BadSettings, "", $"pipeline-robustness: {why}"), (code, output, Line(error)));
        }
    }

    private static string[] Convictions(string folder) => [.. Directory.GetDirectories(Path.Combine(folder, "evidence")).Order(StringComparer.Ordinal)];

    private static string Line(string text)
    {
        Assert.Equal(1, text.Count(c => c == '\n'));
        return text.TrimEnd('\n');
    }
}
