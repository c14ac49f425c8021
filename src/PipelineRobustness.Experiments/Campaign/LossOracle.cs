using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Whether a run that declares itself lost is really lost, by the promise table of docs/recovery.md and from the machines, holders
/// and checkpoints that existed. It has no room if the remaining machines cannot hold all stages, and no machine that would change
/// that joined while the run had to wait. A block is lost if all its holders are lost, there is no checkpoint, and version 0
/// cannot be recreated. Nothing else is a loss.
/// </summary>
internal sealed class LossOracle
{
    private readonly GroundTruth _truth;

    private LossOracle(GroundTruth truth) => _truth = truth;

    /// <summary>Why the run is not lost; null where it is.</summary>
    public static string? Violation(GroundTruth truth) => new LossOracle(truth).Violation();

    private string? Violation() => _truth.Lost switch
    {
        // The loss that the run declares must hold, even if there would be another one.
        LossKind.Room => WithRoom(),
        LossKind.Block => WithHolders(),
        _ => "neither room nor holders are missing",
    };

    private string? WithRoom()
    {
        var (machines, since, waits) = (0L, TimeSpan.Zero, _truth.End - _truth.Plan.Recovery.RoomTimeout);
        foreach (var change in _truth.MembershipChanges)
        {
            var sufficed = machines * _truth.Room >= _truth.Plan.Stages;
            // A machine that joins and leaves within one state query was of no use.
            var from = since > waits ? since : waits;
            if (sufficed && change.At - from > _truth.Plan.Recovery.StateTimeout)
            {
                return $"{machines} machines had room for {machines * _truth.Room} stages until {Seconds(change.At)}, and it had to wait "
                    + Seconds(_truth.Plan.Recovery.RoomTimeout);
            }

            machines += change.Joined ? 1 : -1;
            if (!sufficed) since = change.At;
        }

        return machines * _truth.Room >= _truth.Plan.Stages
            ? $"the {machines} machines that are left have room for {machines * _truth.Room} stages, and there are {_truth.Plan.Stages}" : null;
    }

    private string? WithHolders()
    {
        var lost = Enumerable.Range(0, _truth.Plan.Stages).Where(block => !GroundTruth.Holders(_truth.Plan, block).Any(IsThere)).ToList();
        return lost.Count == 0 ? "every block had a holder"
            : _truth.Checkpoint is { } version ? $"there was a checkpoint of version {version}"
            : !_truth.FirstWeightsAreGone ? "version 0 could be made again"
            : null;
    }

    // Whether a stage still holds what it held after the last placement.
    private bool IsThere(int stage)
    {
        if (_truth.Placed.Count == 0) return false;
        var (since, placement) = _truth.Placed[^1];
        return !_truth.MembershipChanges.Any(c => !c.Joined && c.At >= since && c.Machine == placement[stage].Name)
            && !_truth.LostStages.Any(l => l.At >= since && l.Stage == stage);
    }

    private static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0.000} s");
}
