using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>memory</c>: GPT-2 in its real size, each case in a child process: measured peak relative to the prediction of
/// `plan`.
/// </summary>
internal static class MemoryCommand
{
    private static readonly (string Name, string[] Sets)[] Cases =
    [
        ("4 micro-batches of 1 x 256", []),
        ("the same, substitute with copies in the middle", ["defence.remedy=substitute"]),
        ("the same, recomputed", ["training.recompute=true"]),
        ("8 micro-batches of 2 x 256", ["training.micro-batches=8", "training.micro-batch-size=2"]),
    ];

    public static Command Make(TextWriter output)
    {
        var iterations = PositiveOption.Of("--iterations", 3, "Iterations of each case.");
        var command = new Command("memory", "Peak memory of GPT-2 (124M, random weights) with 4 stages, relative to the prediction of `plan`.") { iterations };
        command.SetAction(parsed => Measure(parsed.GetValue(iterations), output));
        return command;
    }

    private static int Measure(int iterations, TextWriter output)
    {
        output.WriteLine($"gpt2, 4 stages, sequences of 256 tokens, {iterations} iterations, evaluation and saving included");
        Machine.Print(output);
        var goals = new Goals(output, null);
        PlannedMemory.Measure(Cases.Select(one => (one.Name, (string[])[$"training.iterations={iterations}", .. one.Sets])), goals, output);
        return goals.ExitCode;
    }
}
