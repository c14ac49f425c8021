namespace PipelineRobustness.Adversity.Network;

/// <summary>A network between places. Machines are assigned to the places in turn, by their numbers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Places">The places.</param>
/// <param name="RoundTrip">Round-trip times between places, in milliseconds, [place, place]; within one on the diagonal.</param>
/// <param name="BytesPerSecond">Bandwidth from one machine to another.</param>
/// <param name="Jitter">The largest share by which a latency varies.</param>
public sealed record NetworkPlan(string Name, IReadOnlyList<string> Places, double[,] RoundTrip, double BytesPerSecond, double Jitter = 0)
{
    private const double Gigabit = 125_000_000;

    /// <summary>Machines of one rack: 25 Gb/s.</summary>
    public static NetworkPlan OneRack { get; } = new("one-rack", ["rack"], new[,] { { 0.1 } }, 25 * Gigabit);

    /// <summary>Machines of one cloud region, over three zones: 10 Gb/s, a millisecond between zones.</summary>
    public static NetworkPlan OneRegion { get; } = new(
        "one-region", ["a", "b", "c"], new[,] { { 0.3, 1.0, 1.0 }, { 1.0, 0.3, 1.0 }, { 1.0, 1.0, 0.3 } }, 10 * Gigabit, 0.1);

    /// <summary>
    /// Eight regions of the world, 1 Gb/s. Round-trip times in milliseconds are averages between regions of AWS, as published in
    /// 2017 (acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html, after "Latency Between AWS Global Regions"); one
    /// within a region, and how much they vary, are assumed.
    /// </summary>
    public static NetworkPlan World { get; } = new(
        "world", ["virginia", "oregon", "sao-paulo", "ireland", "frankfurt", "singapore", "tokyo", "sydney"],
        new[,]
        {
            { 1.0, 86.98, 119.5, 80.55, 88.66, 216.7, 145.3, 230.0 },
            { 86.98, 1.0, 182.7, 137.0, 159.5, 161.4, 89.1, 162.2 },
            { 119.5, 182.7, 1.0, 191.3, 194.9, 328.1, 256.8, 322.5 },
            { 80.55, 137.0, 191.3, 1.0, 19.56, 239.0, 212.4, 309.6 },
            { 88.66, 159.5, 194.9, 19.56, 1.0, 325.9, 236.5, 323.5 },
            { 216.7, 161.4, 328.1, 239.0, 325.9, 1.0, 73.79, 175.3 },
            { 145.3, 89.1, 256.8, 212.4, 236.5, 73.79, 1.0, 103.9 },
            { 230.0, 162.2, 322.5, 309.6, 323.5, 175.3, 103.9, 1.0 },
        },
        Gigabit, 0.05);

    /// <summary>Machines at home: 20 Mb/s upwards, 40 ms, and much jitter.</summary>
    public static NetworkPlan Home { get; } = new("home", ["home"], new[,] { { 40.0 } }, 0.02 * Gigabit, 0.5);

    /// <summary>The presets, by name.</summary>
    public static IReadOnlyList<NetworkPlan> Presets { get; } = [OneRack, OneRegion, World, Home];
}
