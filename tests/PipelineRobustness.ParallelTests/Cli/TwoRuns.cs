namespace PipelineRobustness.Tests.Cli;

/// <summary>A small experiment of two runs, for a process of its own.</summary>
internal static class TwoRuns
{
    public static readonly string Short = Of(2);

    public static readonly string Endless = Of(1_000_000);

    private static string Of(int iterations) => FormattableString.Invariant(
        $$"""
        training { iterations = {{iterations}}, micro-batches = 2, sequence-length = 8 }
        evaluation.windows = 1
        runs = [{ name = first }, { name = second }]
        """);
}
