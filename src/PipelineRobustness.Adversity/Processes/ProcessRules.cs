using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>Which events of a scenario can be injected into real processes.</summary>
public static class ProcessRules
{
    /// <summary>Refuses those that cannot.</summary>
    /// <exception cref="BadInputException">Names the first such event.</exception>
    public static void ThrowIfImpossible(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        if (!OperatingSystem.IsLinux() && scenario.Failures.Count > 0)
            throw new BadInputException($"{scenario.Name}: expected Linux to inject a scenario into real processes, found {Environment.OSVersion.Platform}");

        foreach (var failure in scenario.Failures)
        {
            if (Wrong(failure) is var (expected, found))
                throw new BadInputException($"{scenario.Origin(failure)}: {failure}: expected {expected}, found {found}");
        }
    }

    private static (string Expected, string Found)? Wrong(Failure failure)
    {
        if (failure is not IProcessFailure real)
            return ("a failure that can be injected into real processes (simulate injects the others)", failure.Word);

        if (failure.Target.IsServer && !real.MayHitServer)
            return ("a stage or a node, since among real processes only crash and pause can hit the server", $"{failure.Target}");

        if (failure.Trace is { } trace)
            return ("events of its own, since real processes follow no trace (simulate does)", trace);

        if (real.WrongForProcesses() is { } wrong) return (wrong.Expected, wrong.Found ?? "");
        return failure is LastingFailure { Lasts: var lasts } && lasts == TimeSpan.Zero ? ("how long it lasts (for = ...)", "nothing") : null;
    }
}
