using System.Runtime.InteropServices;

namespace PipelineRobustness.Pipeline.Verification.Detectors;

/// <summary>
/// What <see cref="AveragesDetector"/> remembers of one direction. Values that were found are in it by their number only.
/// </summary>
internal sealed class AveragesState : IDetectorState
{
    private const int HeadBytes = sizeof(long) + sizeof(double) + sizeof(int) + sizeof(int);

    // How fast k is adapted: with alarms as frequent as they should be, it falls as much between two as one raises it.
    private const double Gain = 0.1;
    private const double GainWhenAccused = 0.01;

    /// <summary>The moving average; empty before the first value.</summary>
    public float[] Average { get; private set; } = [];

    /// <summary>Distances of values accepted lately.</summary>
    public RecentDistances Recent { get; private set; } = new([]);

    /// <summary>k, of the fence.</summary>
    public required double K { get; set; }

    /// <summary>Values accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>How many of the last values in a row were found.</summary>
    public int InARow { get; set; }

    /// <summary>How many bytes are saved, at most.</summary>
    public static int BytesOf(int window, int hidden) => HeadBytes + (window * Distances.Bytes) + (hidden * sizeof(float));

    /// <summary>Reads what <see cref="Save"/> gave.</summary>
    public static AveragesState Read(ReadOnlySpan<byte> saved)
    {
        using var reader = new BinaryReader(new MemoryStream(saved.ToArray()));
        var state = new AveragesState { Accepted = reader.ReadInt64(), K = reader.ReadDouble(), InARow = reader.ReadInt32() };
        state.Recent = new RecentDistances([.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => Distances.Read(reader))]);
        state.Average = MemoryMarshal.Cast<byte, float>(saved[(int)reader.BaseStream.Position..]).ToArray();
        return state;
    }

    /// <inheritdoc/>
    public byte[] Save()
    {
        using var saved = new MemoryStream();
        using var writer = new BinaryWriter(saved);
        writer.Write(Accepted);
        writer.Write(K);
        writer.Write(InARow);
        writer.Write(Recent.Count);
        foreach (var distances in Recent.Values) distances.Write(writer);
        writer.Write(MemoryMarshal.AsBytes(Average.AsSpan()));
        return saved.ToArray();
    }

    /// <summary>Takes a value into the average, and its distances into the fence.</summary>
    public void Accept(float[] mean, Distances distances, double beta, int window)
    {
        InARow = 0;
        Accepted++;
        if (Average.Length == 0)
        {
            Average = mean;
            return;
        }

        for (var i = 0; i < mean.Length; i++) Average[i] = (float)((beta * Average[i]) + ((1 - beta) * mean[i]));
        Recent.Add(distances, window);
    }

    /// <summary>Adapts k to a share of false alarms, which are values found in a row that was too short for an accusation, when a value is accepted.</summary>
    public void Adapt(double share, int accusedFrom)
    {
        var alarms = InARow < accusedFrom ? InARow : 0;
        for (var alarm = 0; alarm < alarms; alarm++) K *= 1 + (Gain * (1 - share));
        K *= 1 - (Gain * share);
    }

    /// <summary>Raises k a little where a sender is accused, so that one whose honest values have changed for good is not accused for ever.</summary>
    public void Relent(double share) => K *= 1 + (GainWhenAccused * (1 - share));
}
