using PipelineRobustness.Adversity;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>Holds a scenario against the stages that there are: else its event would be missed only when all is over.</summary>
internal static class ScenarioStages
{
    /// <param name="scenario">The scenario.</param>
    /// <param name="stages">How many there are, counted from 0.</param>
    /// <param name="where">Where.</param>
    /// <exception cref="BadInputException">It names one that is not there.</exception>
    public static void ThrowIfMissing(Scenario scenario, int stages, string where)
    {
        if (scenario.Failures.FirstOrDefault(failure => failure.Target is { Kind: TargetKind.Stage } target && target.Stage >= stages) is { } beyond)
            throw new BadInputException($"scenario {scenario.Name}: expected a stage from 0 to {stages - 1} ({where}), found {beyond.Target}: {beyond}");
    }
}
