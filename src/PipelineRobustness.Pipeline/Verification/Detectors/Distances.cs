namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>Four distances of a value x [rows, hidden] to an average m [hidden], with x̄ the mean of its rows.</summary>
/// <param name="MeanAbsolute">The mean of abs(x̄ - m).</param>
/// <param name="Relative">norm(x̄ - m) / norm(m).</param>
/// <param name="OtherSigns">The share of entries of x̄ with another sign than m's.</param>
/// <param name="Wasserstein">
/// The mean, over directions, of the Wasserstein distance between the projected rows and the projected m: other than the three before,
/// it sees how rows are scattered.
/// </param>
internal readonly record struct Distances(double MeanAbsolute, double Relative, double OtherSigns, double Wasserstein)
{
    public const int Bytes = 4 * sizeof(double);

    /// <summary>Whether none is infinite or no number, as where an entry of x is.</summary>
    public bool AreFinite => double.IsFinite(MeanAbsolute) && double.IsFinite(Relative) && double.IsFinite(OtherSigns) && double.IsFinite(Wasserstein);

    /// <summary>Before there is an average, only this is known: whether x̄ is finite.</summary>
    public static Distances Unknown(ReadOnlySpan<float> mean)
    {
        var sum = 0.0;
        foreach (var entry in mean) sum += entry;
        return new(sum - sum, 0, 0, 0);
    }

    /// <summary>Computes them, in an order that depends on nothing but the shape.</summary>
    public static Distances Between(FloatRows rows, ReadOnlySpan<float> mean, ReadOnlySpan<float> average, int projections)
    {
        var (absolute, squared, norm, signs) = (0.0, 0.0, 0.0, 0);
        for (var i = 0; i < mean.Length; i++)
        {
            var difference = (double)mean[i] - average[i];
            absolute += Math.Abs(difference);
            squared += difference * difference;
            norm += (double)average[i] * average[i];
            if (float.IsNegative(mean[i]) != float.IsNegative(average[i])) signs++;
        }

        // An average of zeros has no norm to relate to.
        var relative = Math.Sqrt(squared) / Math.Max(Math.Sqrt(norm), float.Epsilon);
        return new(absolute / mean.Length, relative, (double)signs / mean.Length, Sliced(rows, average, projections));
    }

    public static Distances Read(BinaryReader reader) => new(reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());

    public void Write(BinaryWriter writer)
    {
        writer.Write(MeanAbsolute);
        writer.Write(Relative);
        writer.Write(OtherSigns);
        writer.Write(Wasserstein);
    }

    // m is one point, so the distance along a direction is the mean of the rows' distances to it.
    private static double Sliced(FloatRows rows, ReadOnlySpan<float> average, int projections)
    {
        var (directions, width, sum) = (ProjectionDirections.Of(projections, rows.Width), rows.Width, 0.0);
        Span<float> centres = stackalloc float[projections];
        for (var p = 0; p < projections; p++) centres[p] = RowSums.Dot(directions.AsSpan(p * width, width), average);
        for (var row = 0; row < rows.Count; row++)
        {
            for (var p = 0; p < projections; p++) sum += Math.Abs(RowSums.Dot(directions.AsSpan(p * width, width), rows[row]) - centres[p]);
        }

        return sum / ((double)projections * rows.Count);
    }
}
