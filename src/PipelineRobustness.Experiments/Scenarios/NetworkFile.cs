using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>
/// A network as users write it: places, round-trip times between them in milliseconds, the bandwidth of a machine, and the largest
/// fraction by which a latency varies.
/// <code>places = [ berlin, boston ], round-trip = [ [ 1, 95 ], [ 95, 1 ] ], bytes-per-second = 125e6, jitter = 0.05</code>
/// </summary>
public static class NetworkFile
{
    private const string Places = "places";
    private const string RoundTrip = "round-trip";
    private const string BytesPerSecond = "bytes-per-second";
    private const string Jitter = "jitter";

    private static readonly string[] Words = [Places, RoundTrip, BytesPerSecond, Jitter];
    // Less than a byte per second, or a round trip of more than a day, would overflow a time.
    private static readonly RealNumber Milliseconds = new(0, 86_400_000);
    private static readonly RealNumber Bandwidth = new(1, 1e15);

    /// <summary>A preset by its name, or a file's network.</summary>
    /// <param name="nameOrPath">Its name, or the path of a file that ends in <c>.conf</c>.</param>
    /// <param name="source">Who asks for it, for errors.</param>
    /// <exception cref="BadInputException">There is none, or something in it is wrong; origin, expected and found are named.</exception>
    public static NetworkPlan Read(string nameOrPath, string source)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (SettingsFile.IsMeant(nameOrPath)) return Read(Path.GetFileNameWithoutExtension(nameOrPath), SettingsFile.Read(nameOrPath));
        return NetworkPlan.Presets.FirstOrDefault(preset => preset.Name == nameOrPath)
            ?? throw new BadInputException($"{source}: expected {new NetworkOrFile().Expected}, found {OneLine.Of(nameOrPath)}");
    }

    /// <summary>The network between the machines of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="experimentFolder">Where a relative path is looked for, after the current directory.</param>
    internal static NetworkPlan Of(RunSettings run, string experimentFolder)
    {
        const string key = "simulation.network";
        var name = run.Simulation.Network;
        return Read(SettingsFile.IsMeant(name) ? InputPath.Resolve(name, experimentFolder) : name, $"{run.Effective.Find(key)!.Origin}: {key}");
    }

    private static NetworkPlan Read(string name, SettingSection file)
    {
        var words = new SectionWords(file);
        words.ThrowIfUnknown(Words);
        string[] places =
        [
            .. Entries(words, file.Find(Places), Places).Select(place => place is SettingText { Text.Length: > 0 } text
                ? text.Text : throw SectionWords.Bad(place, Places, "names", place.Shown)),
        ];
        if (places.GroupBy(place => place).FirstOrDefault(alike => alike.Count() > 1) is { } twice)
            throw SectionWords.Bad(file.Find(Places)!, Places, "each name once", $"{OneLine.Of(twice.Key)} {twice.Count()} times");
        var rows = Entries(words, file.Find(RoundTrip), RoundTrip, places.Length);
        var times = new double[places.Length, places.Length];
        for (var from = 0; from < places.Length; from++)
        {
            var row = Entries(words, rows[from], RoundTrip, places.Length);
            for (var to = 0; to < places.Length; to++)
            {
                times[from, to] = row[to] is SettingText text && Milliseconds.Read(text.Text) is double time
                    ? time : throw SectionWords.Bad(row[to], RoundTrip, "milliseconds, 0 to 86400000", row[to].Shown);
            }
        }

        var bandwidth = (double)(words.Value(BytesPerSecond, Bandwidth)
            ?? throw words.Bad(BytesPerSecond, "what a machine can send in a second"));
        return new NetworkPlan(name, places, times, bandwidth, (double)(words.Value(Jitter, new RealNumber(0, 1)) ?? 0.0));
    }

    // As many as there are places, or at least one.
    private static IReadOnlyList<SettingNode> Entries(SectionWords words, SettingNode? node, string key, int? count = null)
    {
        var expected = count is null ? "a list of places" : $"a list of {count} for {count} {(count == 1 ? "place" : "places")}";
        return node switch
        {
            null => throw words.Bad(key, expected),
            SettingList { Items: { Count: > 0 } items } when count is null || items.Count == count => items,
            SettingList list => throw SectionWords.Bad(list, key, expected, $"{list.Items.Count}"),
            _ => throw SectionWords.Bad(node, key, expected, node.Shown),
        };
    }
}
