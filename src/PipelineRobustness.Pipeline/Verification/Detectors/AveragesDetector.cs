using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>
/// Compares the mean of what a stage sends with a moving average of what it sent before, and needs no copy. It finds a value where one
/// of four distances is above the upper fence of those accepted before, Q3 + k (Q3 - Q1), and accuses the sender of some such in a row.
/// After SENTINEL (arXiv 2603.03592).
/// </summary>
public sealed record AveragesDetector : IDetector
{
    /// <summary>How much of the average of activations a value leaves.</summary>
    [Setting(0, 1, ExcludesMaximum = true)]
    public double ForwardBeta { get; init; } = 0.9;

    /// <summary>The same for gradients.</summary>
    [Setting(0, 1, ExcludesMaximum = true)]
    public double BackwardBeta { get; init; } = 0.8;

    /// <summary>Directions onto which tokens are projected for the sliced Wasserstein distance.</summary>
    [Setting(1, 256)]
    public int Projections { get; init; } = 16;

    /// <summary>Accepted values whose distances make the fence.</summary>
    [Setting(4, 900)]
    public int Window { get; init; } = 100;

    /// <summary>The fence's k, at first.</summary>
    [Setting(0, ExcludesMinimum = true)]
    public double K { get; init; } = 1.5;

    /// <summary>The share of false alarms to which k is adapted: of values found without that their sender was accused.</summary>
    [Setting(0, 1, ExcludesMinimum = true, ExcludesMaximum = true)]
    public double FalseAlarms { get; init; } = 0.01;

    /// <summary>Values of each direction that are accepted before any is judged, unless they are not finite.</summary>
    [Setting(0, 1_000_000_000)]
    public int WarmUp { get; init; } = 100;

    /// <summary>Values found in a row until their sender is accused. A lone one is taken for a false alarm.</summary>
    [Setting(2, 1_000_000)]
    public int InARow { get; init; } = 3;

    /// <inheritdoc/>
    public string Name => "averages";

    /// <inheritdoc/>
    public bool NeedsCopy => false;

    /// <inheritdoc/>
    public int StateBytes(int hidden) => AveragesState.BytesOf(Window, hidden);

    /// <inheritdoc/>
    public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) =>
        saved.IsEmpty ? new AveragesState { K = K } : AveragesState.Read(saved);

    /// <summary>The distance of a finding is how many times the fence its farthest distance is; infinite for what is not finite.</summary>
    public Finding? Inspect(in Observation observation, IDetectorState state)
    {
        var known = (AveragesState)state;
        using var rows = new FloatRows(observation.Received);
        var mean = RowSums.Mean(rows);
        var distances = known.Average.Length == 0 ? Distances.Unknown(mean) : Distances.Between(rows, mean, known.Average, Projections);
        var excess = !distances.AreFinite ? double.PositiveInfinity
            : known.Accepted >= WarmUp && known.Recent.Count >= RecentDistances.Least ? known.Recent.Excess(distances, known.K, rows.Width)
            : (double?)null;
        if (excess is null or 0)
        {
            if (excess is not null) known.Adapt(FalseAlarms, InARow);
            known.Accept(mean, distances, observation.Direction == Direction.Forward ? ForwardBeta : BackwardBeta, Window);
            return null;
        }

        if (++known.InARow < InARow) return null;
        // No k would have let pass what is not finite.
        if (distances.AreFinite) known.Relent(FalseAlarms);
        return new Finding(excess.Value);
    }
}
