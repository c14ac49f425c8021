namespace PipelineRobustness.Experiments.Settings;

/// <summary>Names that settings and their values once had: they are refused, and the line says what they are called now.</summary>
internal static class FormerNames
{
    private static readonly Dictionary<string, string> Settings = new()
    {
        ["defence.tries"] = "defence.attempts",
        ["recovery.replays"] = "recovery.retries",
        ["recovery.replay-after"] = "recovery.retry-after",
        ["recovery.roll-timeout"] = "recovery.state-timeout",
    };

    // Fields of a run in experiment.json.
    private static readonly Dictionary<string, string> Fields = new() { ["tries"] = "attempts" };

    private static readonly Dictionary<(string Setting, string Value), string> Values = new()
    {
        [("defence.remedy", "none")] = "observe",
        [("defence.remedy", "takeover")] = "substitute",
        [("attack.forward.kind", "cry-wolf")] = "false-accusation",
        [("attack.backward.kind", "cry-wolf")] = "false-accusation",
        [("model.numerics", "none")] = "shapes",
    };

    /// <summary>What a setting is called now; null where it never had this name.</summary>
    public static string? Setting(string path) => Settings.GetValueOrDefault(path);

    /// <summary>What a field of a run in <c>experiment.json</c> is called now; null where it never had this name.</summary>
    public static string? Field(string name) => Fields.GetValueOrDefault(name);

    /// <summary>What a value of a setting is called now; null where it never had this name.</summary>
    public static string? Value(string setting, string value) => Values.GetValueOrDefault((setting, value));
}
