using System.CommandLine;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Hosting;

namespace PipelineRobustness.Cli;

/// <summary><c>scenario NAME</c>: a scenario's events; whether it can be injected into real processes; how often each was injected.</summary>
internal static class ScenarioCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var name = new Argument<string>("NAME|FILE.conf") { Description = $"A file, or one of {string.Join(", ", ScenarioFile.Shipped)}." };
        var processes = new Option<bool>("--processes") { Description = "Refuse events that cannot be injected into real processes." };
        var injected = new Option<string?>("--struck")
        {
            Description = "The output folder of an experiment that ran it: print how often each event was injected there. "
                + "Exit code 3 if one that had to happen did not.",
            HelpName = "DIR",
        };
        var command = new Command("scenario", "Print the events of a scenario.") { name, processes, injected };
        command.SetAction(async (parsed, _) =>
        {
            var scenario = RealScenario.Read(parsed.GetValue(name)!, parsed.GetValue(processes), "scenario");
            var folder = parsed.GetValue(injected) is { } path ? ExperimentFolder.Of(path, injected.Name) : null;
            await output.WriteLineAsync(scenario.Title).ConfigureAwait(false);
            if (folder is null)
            {
                foreach (var line in scenario.Events) await output.WriteLineAsync($"  {line}").ConfigureAwait(false);
                return ExitCode.Done;
            }

            foreach (var count in scenario.Injected(folder))
                await output.WriteLineAsync($"  {SimulationReport.Line(count)}").ConfigureAwait(false);

            if (scenario.Unfired(folder) is not { } unfired) return ExitCode.Done;
            await error.WriteLineAsync($"{scenario.Name}: an event never came: {unfired}").ConfigureAwait(false);
            return (int)CaseVerdict.Wrong;
        });
        return command;
    }
}
