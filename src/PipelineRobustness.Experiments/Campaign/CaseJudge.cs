using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Judges how a case ended, by oracles that stand apart from the system: a plain loop for the numbers, who lies by the seed for
/// verdicts and attempts, what struck whom for what was restored, machines, holders and checkpoints for a declared loss, the events
/// for what was committed when.
/// </summary>
public static class CaseJudge
{
    /// <summary>Plays a case twice and judges it.</summary>
    /// <param name="one">The case.</param>
    public static CaseEnd Judge(CampaignCase one) => Judge(one, null);

    /// <summary>The same of a system with a defect.</summary>
    internal static CaseEnd Judge(CampaignCase one, Func<RunPorts, RunPorts>? defect)
    {
        ArgumentNullException.ThrowIfNull(one);
        var first = Play(one, defect);
        var hash = Hash(first);
        var (verdict, why) = Weigh(one, first);
        if (verdict == CaseVerdict.Right && Hash(Play(one, defect)) != hash)
            (verdict, why) = (CaseVerdict.Wrong, "played again from the same seed it went otherwise");
        return new CaseEnd(one, verdict, why, [.. first.Strikes.Select(s => s.Failure)], first.Lies, hash, first.Transcript);
    }

    private static CaseRun Play(CampaignCase one, Func<RunPorts, RunPorts>? defect)
    {
        var folder = Directory.CreateTempSubdirectory("campaign-").FullName;
        try
        {
            return CaseRun.Of(one, Path.Combine(folder, "checkpoints"), defect);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (CaseVerdict Verdict, string Why) Weigh(CampaignCase one, CaseRun run)
    {
        if (run.Thrown is { } thrown) return (CaseVerdict.Crashed, $"{thrown.GetType().Name}: {OneLine.Of(thrown.Message, 300)}");
        if (run.Status is null) return (CaseVerdict.Stuck, $"nothing was left to do, a virtual day went by, or it ran in a circle; {run.Turns} turns");
        var why = Untrue(one, run);
        return why is null ? (CaseVerdict.Right, run.Reason is { } reason ? $"declared lost: {reason}" : "done") : (CaseVerdict.Wrong, why);
    }

    private static string? Untrue(CampaignCase one, CaseRun run)
    {
        if (run.TensorsLeft > 0) return $"{run.TensorsLeft} tensors were left";
        if (run.Status != RunStatus.Done && LossOracle.Untrue(run.Fate!) is { } none) return $"{run.Status}: {run.Reason}: {none}";
        return Told(run)
            ?? (run.Status == RunStatus.Done ? WeightsOracle.Untrue(one, run) : null)
            ?? run.ProtocolViolation
            ?? RecoveryOracle.Untrue(one, run)
            ?? (run.HasChanged ? null : AccusationOracle.Untrue(one, run) ?? run.OtherState);
    }

    // Every iteration in its order; what is told again is told alike.
    private static string? Told(CaseRun run)
    {
        var told = new Dictionary<long, string>();
        foreach (var commit in run.Events.OfType<IterationCommitted>())
        {
            if (commit.Iteration > told.Count) return $"iteration {commit.Iteration} was committed before {told.Count}";
            // What changed by itself changes once: when the iteration is worked anew nobody is accused any more.
            var line = CaseLine.Of(run.HasChanged ? commit with { Attempts = 1, Verdicts = [] } : commit);
            if (!told.TryAdd(commit.Iteration, line) && told[commit.Iteration] != line)
                return $"iteration {commit.Iteration} was told again, otherwise: {told[commit.Iteration]}, then {line}";
        }

        return run.Status == RunStatus.Done && told.Count != run.Iterations ? $"{run.Iterations} iterations, {told.Count} told" : null;
    }

    private static string Hash(CaseRun run) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', run.Transcript))));
}
