using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Adversity.Failures;
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
        var quiet = new Lazy<CaseRun>(() => one.Scenario.Failures.Count == 0 ? first : Simulate(one with { Scenario = Scenario.Quiet }, defect));
        var (verdict, why) = Weigh(one, first, quiet);
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

    private static (CaseVerdict Verdict, string Why) Weigh(CampaignCase one, CaseRun run, Lazy<CaseRun> quiet)
    {
        if (run.Thrown is { } thrown) return (CaseVerdict.Crashed, $"{thrown.GetType().Name}: {OneLine.Of(thrown.Message, 300)}");
        if (run.Status is null) return (CaseVerdict.Stuck, $"no work was left, a virtual day passed, or it ran in a circle; {run.Turns} turns");
        var why = Violation(one, run, quiet);
        return why is null ? (CaseVerdict.Right, run.Reason is { } reason ? $"declared lost: {reason}" : "done") : (CaseVerdict.Wrong, why);
    }

    private static string? Violation(CampaignCase one, CaseRun run, Lazy<CaseRun> quiet)
    {
        if (run.TensorsLeft > 0) return $"{run.TensorsLeft} tensors were left";
        if (run.Status != RunStatus.Done && !IsGivenUp(one, run, quiet) && LossOracle.Violation(run.Truth!) is { } untrue)
            return $"{run.Status}: {run.Reason}: {untrue}";
        return Commits(one, run)
            ?? Numbers(one, run, quiet)
            ?? run.ProtocolViolation
            ?? RecoveryOracle.Violation(one, run)
            ?? DepartureOracle.Violation(run)
            ?? (run.IsCorrupted ? RulingOracle.Injustice(run) : Suspects(one, run) ?? OtherState(one, run));
    }

    // What is found again in every attempt ends the run, and does so without failures as well.
    private static bool IsGivenUp(CampaignCase one, CaseRun run, Lazy<CaseRun> quiet) => QuietOracle.IsNeeded(one) && run.Truth!.Lost is null
        && (quiet.Value.Status, quiet.Value.Reason) == (run.Status, run.Reason);

    private static string? Numbers(CampaignCase one, CaseRun run, Lazy<CaseRun> quiet)
    {
        if (QuietOracle.IsNeeded(one) && QuietOracle.Violation(run, quiet.Value) is { } differs) return differs;
        if (run.Status != RunStatus.Done) return null;
        if (!one.HasColluders) return QuietOracle.IsNeeded(one) && HasCommittedLies(run) ? null : WeightsOracle.Violation(one, run);
        var collusions = RulingOracle.CollusionsIn(one, run);
        if (collusions.Length == 0) return WeightsOracle.Violation(one, run);
        // What was committed before its liars were convicted may have been worked again after a failure, when they had lost their seats.
        return quiet.Value.Status == RunStatus.Done && RulingOracle.CollusionsIn(one, quiet.Value) == collusions ? QuietOracle.Final(run, quiet.Value) : null;
    }

    // Original and copy of a block that were sent different lies differ, until the copy is fetched again.
    private static string? OtherState(CampaignCase one, CaseRun run) => QuietOracle.IsNeeded(one) && HasCommittedLies(run) ? null : run.OtherState;

    private static bool HasCommittedLies(CaseRun run) => run.Events.OfType<IterationCommitted>()
        .Any(commit => run.Lies.Any(lie => (lie.Iteration, lie.Attempt) == (commit.Iteration, commit.Attempts - 1)));

    private static string? Suspects(CampaignCase one, CaseRun run) => one.Plan.Defence.Rule.IsRefereed ? RulingOracle.Violation(one, run)
        : QuietOracle.IsNeeded(one) ? DetectionOracle.Violation(one, run)
        : AccusationOracle.Violation(one, run);

    // Every iteration in order; one that is reported again must be identical.
    private static string? Commits(CampaignCase one, CaseRun run)
    {
        var lines = new Dictionary<(long Iteration, int History), string>();
        var iterations = 0L;
        foreach (var commit in run.Events.OfType<IterationCommitted>())
        {
            if (commit.Iteration > iterations) return $"iteration {commit.Iteration} was committed before {iterations}";
            iterations = Math.Max(iterations, commit.Iteration + 1);
            // A value is corrupted once: when the iteration is repeated, no stage is a suspect any more. Nor does a convicted stage lie as it did:
            // what a referee has to rule then is another oracle's.
            var line = CaseLine.Of(run.IsCorrupted || one.Plan.Defence.Rule.IsRefereed ? commit with { Attempts = 1, Verdicts = [] } : commit);
            var key = (commit.Iteration, run.HistoryOf(one, commit));
            if (!lines.TryAdd(key, line) && lines[key] != line)
                return $"iteration {commit.Iteration} was reported again, differently: {lines[key]}, then {line}";
        }

        return run.Status == RunStatus.Done && iterations != run.Iterations ? $"{run.Iterations} iterations, {iterations} reported" : null;
    }

    private static string Hash(CaseRun run) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', run.Transcript))));
}
