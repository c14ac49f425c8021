using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Whether those machines have left that had to, and no others: a machine that is quarantined leaves when every stage has its place
/// again, and no machine leaves that neither failed nor was quarantined.
/// </summary>
internal static class DepartureOracle
{
    // A server says it again each second, and a message takes less.
    private static readonly TimeSpan Told = TimeSpan.FromSeconds(5);

    /// <summary>The first violation; null where there is none.</summary>
    public static string? Violation(CaseRun run)
    {
        var truth = run.Truth!;
        var here = new HashSet<string>();
        foreach (var change in truth.MembershipChanges)
        {
            if (change.Joined) here.Add(change.Machine);
            else here.Remove(change.Machine);
        }

        if (here.FirstOrDefault(machine => !truth.Present.Contains(machine)) is { } gone) return $"{gone} has left, and was not quarantined";
        // A failure of the machine or the server may delay the message.
        var settled = run.Log.Where(t => t.Event is RecoveryEnded && t.At + Told < truth.End).Select(t => t.At).ToList();
        return truth.Quarantined
            .Where(one => settled.Exists(at => at >= one.At) && truth.Present.Contains(one.Machine))
            .Where(one => !run.Injections.Any(i => i.Machine == one.Machine || i.Failure.Target.IsServer))
            .Select(one => $"{one.Machine} was quarantined at {one.At.TotalSeconds:0.000} s, and has not left").FirstOrDefault();
    }
}
