namespace PipelineRobustness.Adversity.Failures;

/// <summary>How many of a machine's next messages a failure happens to.</summary>
internal static class MessageCount
{
    /// <summary>The most.</summary>
    public const double Maximum = 1_000_000;

    /// <summary>As descriptions have it: one goes without saying.</summary>
    public static string Text(int count) => count > 1 ? FormattableString.Invariant($"count {count}") : "";
}
