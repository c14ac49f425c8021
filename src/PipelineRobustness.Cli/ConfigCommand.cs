using System.CommandLine;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Cli;

/// <summary><c>config FILE.conf</c>: the effective settings, each with its source.</summary>
internal static class ConfigCommand
{
    public static Command Make(TextWriter output)
    {
        var options = new ExperimentOptions();
        var command = new Command("config", "Print every effective setting and where it was written. The output is itself an experiment file.");
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var experiment = PreparedExperiment.Outline(options.Read(parsed), CorpusEnvironment.ForUser(new LineSink(TextWriter.Null)));
            output.Write(EffectiveText.Of(experiment.Settings));
            return ExitCode.Done;
        });
        return command;
    }
}
