using System.CommandLine;
using PipelineRobustness.Experiments.Convictions;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Pipeline.Convictions;

namespace PipelineRobustness.Cli;

/// <summary><c>verify-evidence FOLDER</c>: whether the evidence of a conviction holds.</summary>
internal sealed class VerifyEvidenceCommand
{
    private readonly Argument<string> _folder = new("FOLDER") { Description = "A conviction's folder: DIR/evidence/RUN-ITERATION-ATTEMPT-STAGE." };
    private readonly Option<string?> _run = new("--run")
    {
        Description = "Also hold it against the event log and the checkpoints in this output folder.",
        HelpName = "DIR",
    };
    private readonly Option<string?> _replay = new("--replay")
    {
        Description = "Also train this experiment's run again without stages, from version 0, or with --run from the nearest checkpoint there, "
            + "and hold the states and tokens against that.",
        HelpName = "FILE.conf",
    };
    private readonly Option<string[]> _sets = new("--set")
    {
        Description = "A setting that the run was started with. Repeatable.",
        HelpName = "key=value",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };
    private readonly TextWriter _output;
    private readonly TextWriter _error;

    private VerifyEvidenceCommand(TextWriter output, TextWriter error) => (_output, _error) = (output, error);

    public static Command Make(TextWriter output, TextWriter error)
    {
        var verify = new VerifyEvidenceCommand(output, error);
        var command = new Command(
            "verify-evidence",
            "Verify the evidence of a conviction: work the disputed block again and hold everything against the signatures. "
            + "Exit code 0: it holds, 2: it cannot be read, 3: it does not hold, 4: this machine computes otherwise.")
        {
            verify._folder, verify._run, verify._replay, verify._sets,
        };
        command.SetAction((parsed, _) => verify.InvokeAsync(parsed));
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult parsed)
    {
        var path = parsed.GetValue(_folder)!;
        if (parsed.GetValue(_sets) is [_, ..] && parsed.GetValue(_replay) is null)
            throw new BadInputException($"{_sets.Name}: expected {_replay.Name} with it, found none");
        var check = EvidenceCheck.Read(path);
        var folder = parsed.GetValue(_run) is { } run ? ExperimentFolder.Of(run, _run.Name) : null;
        var result = check.Verify();
        if (result.Verdict == EvidenceVerdict.Holds && folder is not null) result = EvidenceInRun.Fault(check.File, folder) ?? result;
        if (result.Verdict == EvidenceVerdict.Holds && parsed.GetValue(_replay) is { } file)
        {
            using var experiment = PreparedExperiment.Prepare(
                ExperimentSettings.Read(file, parsed.GetValue(_sets) ?? [], null), CorpusEnvironment.ForUser(new LineSink(TextWriter.Null)));
            result = new EvidenceReplay(check, experiment, folder).Fault() ?? result;
        }

        var holds = result.Verdict == EvidenceVerdict.Holds;
        await (holds ? _output : _error).WriteLineAsync(holds ? $"it holds: {result.Line}" : $"{CommandLine.Name}: {path}: {OneLine.Of(result.Line, 500)}")
            .ConfigureAwait(false);
        return (int)result.Verdict;
    }
}
