using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>Finds the scenarios that runs name; each is read once.</summary>
/// <param name="experimentFolder">Where relative paths are looked for, after the current directory.</param>
internal sealed class ScenarioSource(string experimentFolder)
{
    private const string Key = "scenario";

    private readonly Dictionary<string, Scenario> _known = [];

    /// <summary>What goes wrong in a run.</summary>
    /// <exception cref="BadInputException">There is no such scenario, or something in it is wrong.</exception>
    public Scenario Of(RunSettings run)
    {
        if (run.Scenario is not { } name) return Scenario.Quiet;
        if (!_known.TryGetValue(name, out var scenario))
        {
            var place = ScenarioFile.Shipped.Contains(name) ? name : InputPath.Resolve(name, experimentFolder);
            _known[name] = scenario = ScenarioFile.Read(place, Source($"{run.Effective.Find(Key)!.Origin}"));
        }

        return scenario;
    }

    // If the option has the setting's name, the name is not repeated.
    private static string Source(string origin) => origin == $"--{Key}" ? origin : $"{origin}: {Key}";
}
