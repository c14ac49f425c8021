using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Judges how a case ended, with oracles that are independent of the system. Numbers are checked against a plain loop, verdicts and
/// attempts against the seed's attackers, recoveries against the injections, a declared loss against machines, holders and
/// checkpoints, and the order of commits against the events.
/// </summary>
public static class CaseJudge
{
    /// <summary>Simulates a case twice and judges it.</summary>
    /// <param name="one">The case.</param>
    public static CaseEnd Judge(CampaignCase one) => Judge(one, null);

    /// <summary>The same for a system with a defect.</summary>
    internal static CaseEnd Judge(CampaignCase one, Func<RunSpec, RunSpec>? defect)
    {
        ArgumentNullException.ThrowIfNull(one);
        var first = Simulate(one, defect);
        var hash = Hash(first);
        var (verdict, why) = Weigh(one, first);
        if (verdict == CaseVerdict.Right && Hash(Simulate(one, defect)) != hash)
            (verdict, why) = (CaseVerdict.Wrong, "a second simulation of the same seed differed");
        return new CaseEnd(one, verdict, why, [.. first.Injections.Select(i => i.Failure)], first.Attacks, hash, first.Transcript);
    }

    private static CaseRun Simulate(CampaignCase one, Func<RunSpec, RunSpec>? defect)
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
        if (run.Status is null) return (CaseVerdict.Stuck, $"no work was left, a virtual day passed, or it ran in a circle; {run.Turns} turns");
        var why = Violation(one, run);
        return why is null ? (CaseVerdict.Right, run.Reason is { } reason ? $"declared lost: {reason}" : "done") : (CaseVerdict.Wrong, why);
    }

    private static string? Violation(CampaignCase one, CaseRun run)
    {
        if (run.TensorsLeft > 0) return $"{run.TensorsLeft} tensors were left";
        if (run.Status != RunStatus.Done && LossOracle.Violation(run.Truth!) is { } untrue) return $"{run.Status}: {run.Reason}: {untrue}";
        return Commits(one, run)
            ?? (run.Status == RunStatus.Done ? WeightsOracle.Violation(one, run) : null)
            ?? run.ProtocolViolation
            ?? RecoveryOracle.Violation(one, run)
            ?? DepartureOracle.Violation(run)
            ?? (run.IsCorrupted ? RulingOracle.Injustice(run) : Suspects(one, run) ?? run.OtherState);
    }

    private static string? Suspects(CampaignCase one, CaseRun run) =>
        one.Plan.Defence.Rule.IsRefereed ? RulingOracle.Violation(one, run) : AccusationOracle.Violation(one, run);

    // Every iteration in order; one that is reported again must be identical.
    private static string? Commits(CampaignCase one, CaseRun run)
    {
        var lines = new Dictionary<long, string>();
        foreach (var commit in run.Events.OfType<IterationCommitted>())
        {
            if (commit.Iteration > lines.Count) return $"iteration {commit.Iteration} was committed before {lines.Count}";
            // A value is corrupted once: when the iteration is repeated, no stage is a suspect any more. Nor does a convicted stage lie as it did:
            // what a referee has to rule then is another oracle's.
            var line = CaseLine.Of(run.IsCorrupted || one.Plan.Defence.Rule.IsRefereed ? commit with { Attempts = 1, Verdicts = [] } : commit);
            if (!lines.TryAdd(commit.Iteration, line) && lines[commit.Iteration] != line)
                return $"iteration {commit.Iteration} was reported again, differently: {lines[commit.Iteration]}, then {line}";
        }

        return run.Status == RunStatus.Done && lines.Count != run.Iterations ? $"{run.Iterations} iterations, {lines.Count} reported" : null;
    }

    private static string Hash(CaseRun run) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', run.Transcript))));
}
