namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Whether a run that declares itself lost is: by the promise table of docs/recovery.md, and from which machines there were, who held
/// what, and what was on the disk. There is no room where those that are left cannot have all stages, and none came that could
/// for as long as the run was to wait. A block is lost where all its holders are, there is no checkpoint, and version 0 cannot be
/// made again. Nothing else is a loss.
/// </summary>
internal sealed class LossOracle
{
    private readonly Fate _fate;

    private LossOracle(Fate fate) => _fate = fate;

    /// <summary>Why the loss is none; null where it is one.</summary>
    public static string? Untrue(Fate fate) => new LossOracle(fate).Untrue();

    private string? Untrue() => IsOfRoom ? WithRoom() : IsOfHolders ? WithHolders() : "that is no loss for want of room or of holders";

    // What the run says it is for: that must be so, whatever else may be.
    private bool IsOfRoom => _fate.Reason.StartsWith("no room", StringComparison.Ordinal) || _fate.Reason.Contains(" to join", StringComparison.Ordinal);

    private bool IsOfHolders => _fate.Reason.Contains("every holder", StringComparison.Ordinal);

    private string? WithRoom()
    {
        var (here, since, waits) = (0L, TimeSpan.Zero, _fate.End - _fate.Plan.Recovery.RoomTimeout);
        foreach (var coming in _fate.Comings)
        {
            var stood = here * _fate.Room >= _fate.Plan.Stages;
            // Who comes and goes before the roll is over was of no use.
            var from = since > waits ? since : waits;
            if (stood && coming.At - from > _fate.Plan.Recovery.StateTimeout)
            {
                return $"{here} machines had room for {here * _fate.Room} stages until {Seconds(coming.At)}, and it was to wait "
                    + Seconds(_fate.Plan.Recovery.RoomTimeout);
            }

            here += coming.Comes ? 1 : -1;
            if (!stood) since = coming.At;
        }

        return here * _fate.Room >= _fate.Plan.Stages
            ? $"the {here} machines that are left have room for {here * _fate.Room} stages, and there are {_fate.Plan.Stages}" : null;
    }

    private string? WithHolders()
    {
        var lost = Enumerable.Range(0, _fate.Plan.Stages).Where(block => !Fate.Holders(_fate.Plan, block).Any(Stands)).ToList();
        return lost.Count == 0 ? "every block had a holder"
            : _fate.Checkpoint is { } version ? $"there was a checkpoint of version {version}"
            : !_fate.FirstWeightsAreGone ? "version 0 could be made again"
            : null;
    }

    // Whether what it held when stages were placed last is still there.
    private bool Stands(int stage)
    {
        if (_fate.Placed.Count == 0) return false;
        var (since, placement) = _fate.Placed[^1];
        return !_fate.Comings.Any(c => !c.Comes && c.At >= since && c.Machine == placement[stage].Name)
            && !_fate.LostStages.Any(l => l.At >= since && l.Stage == stage);
    }

    private static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0.000} s");
}
