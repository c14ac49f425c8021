namespace PipelineRobustness.Adversity;

/// <summary>What lies between machines, place by place. Machines are dealt out over the places in the order of their numbers.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Places">The places.</param>
/// <param name="RoundTrip">Round-trip times between places, in milliseconds, [place, place]; within one on the diagonal.</param>
/// <param name="BytesPerSecond">What one machine can send another.</param>
/// <param name="Jitter">By which share of itself a latency varies, at most.</param>
public sealed record NetworkPlan(string Name, IReadOnlyList<string> Places, double[,] RoundTrip, double BytesPerSecond, double Jitter = 0)
{
    private const double Gigabit = 125_000_000;

    /// <summary>Machines of one rack: 25 Gb/s.</summary>
    public static NetworkPlan OneRack { get; } = new("one-rack", ["rack"], new[,] { { 0.1 } }, 25 * Gigabit);

    /// <summary>Machines of one cloud region, over three zones: 10 Gb/s, a millisecond between zones.</summary>
    public static NetworkPlan OneRegion { get; } = new(
        "one-region", ["a", "b", "c"], new[,] { { 0.3, 1.0, 1.0 }, { 1.0, 0.3, 1.0 }, { 1.0, 1.0, 0.3 } }, 10 * Gigabit, 0.1);

    /// <summary>
    /// Eight regions of the world, 1 Gb/s. Round-trip times in milliseconds, of the order that cloud providers publish between
    /// their regions, rounded by hand and not measured.
    /// </summary>
    public static NetworkPlan World { get; } = new(
        "world", ["us-east", "us-west", "sao-paulo", "ireland", "frankfurt", "mumbai", "tokyo", "sydney"],
        new double[,]
        {
            { 1, 65, 115, 70, 90, 190, 150, 200 },
            { 65, 1, 175, 130, 150, 220, 100, 140 },
            { 115, 175, 1, 180, 205, 300, 260, 310 },
            { 70, 130, 180, 1, 25, 120, 205, 255 },
            { 90, 150, 205, 25, 1, 110, 225, 250 },
            { 190, 220, 300, 120, 110, 1, 130, 150 },
            { 150, 100, 260, 205, 225, 130, 1, 105 },
            { 200, 140, 310, 255, 250, 150, 105, 1 },
        },
        Gigabit, 0.05);

    /// <summary>Machines at home: 20 Mb/s upwards, 40 ms, and what the neighbours are doing.</summary>
    public static NetworkPlan Home { get; } = new("home", ["home"], new[,] { { 40.0 } }, 0.02 * Gigabit, 0.5);

    /// <summary>The presets, by name.</summary>
    public static IReadOnlyList<NetworkPlan> Presets { get; } = [OneRack, OneRegion, World, Home];
}
