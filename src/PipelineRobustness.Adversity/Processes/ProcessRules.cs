using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>What of a scenario real processes can suffer.</summary>
public static class ProcessRules
{
    private static readonly FailureKind[] OfMachinesOnly = [FailureKind.Lose, FailureKind.Duplicate, FailureKind.Delay, FailureKind.Reorder];
    private static readonly FailureKind[] OfTheServer = [FailureKind.Crash, FailureKind.Pause];
    private static readonly FailureKind[] Lasting = [FailureKind.Hang, FailureKind.Slow, FailureKind.Pause, FailureKind.Partition, FailureKind.FullDisk];

    /// <summary>Refuses what they cannot.</summary>
    /// <exception cref="BadInputException">The first such event; it is named.</exception>
    public static void ThrowIfImpossible(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        if (!OperatingSystem.IsLinux() && scenario.Failures.Count > 0)
            throw new BadInputException($"{scenario.Name}: expected Linux to play a scenario on real processes, found {Environment.OSVersion.Platform}");

        foreach (var failure in scenario.Failures)
        {
            if (Wrong(failure) is var (expected, found))
                throw new BadInputException($"{scenario.Origin(failure)}: {failure}: expected {expected}, found {found}");
        }
    }

    private static (string Expected, string Found)? Wrong(Failure failure)
    {
        if (OfMachinesOnly.Contains(failure.Kind))
            return ("what a real process can suffer (simulate plays the others)", ScenarioWords.Of(failure.Kind));

        if (failure.Target.Kind == TargetKind.Server && !OfTheServer.Contains(failure.Kind))
            return ("a stage or a node, since of real processes only crash and pause befall the server", $"{failure.Target}");

        if (failure.Trace is { } trace)
            return ("events of its own, since real processes play no trace (simulate does)", trace);

        if (failure is { Kind: FailureKind.Slow, Factor: <= 1 })
            return ("a factor above 1, since no real process gets faster", $"{failure.Factor:0.###}");

        return Lasting.Contains(failure.Kind) && failure.Lasts == TimeSpan.Zero ? ("how long it lasts (for = ...)", "nothing") : null;
    }
}
