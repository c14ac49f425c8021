using System.CommandLine;
using PipelineRobustness.Models;

namespace PipelineRobustness.Benchmarks;

/// <summary>The options for the size of the workload; the defaults are the sizes for which the goals were set.</summary>
internal sealed class WorkloadOptions
{
    private readonly Option<int> _layers = PositiveOption.Of("--layers", 8, "Layers of the model.");
    private readonly Option<int> _hidden = PositiveOption.Of("--hidden", 256, "Width of the model.");
    private readonly Option<int> _heads = PositiveOption.Of("--heads", 4, "Attention heads; divide the width.");
    private readonly Option<int> _vocabulary = PositiveOption.Of("--vocabulary", 257, "Number of token ids.");
    private readonly Option<int> _time = PositiveOption.Of("--time", 256, "Tokens of a sequence.");
    private readonly Option<int> _microBatches = PositiveOption.Of("--micro-batches", 16, "Micro-batches of an iteration.");
    private readonly Option<int> _microBatchSize = PositiveOption.Of("--micro-batch-size", 1, "Sequences of a micro-batch.");
    private readonly Option<int> _stages = PositiveOption.Of("--stages", 4, "Stages of the pipeline.");

    private IEnumerable<Option<int>> All => [_layers, _hidden, _heads, _vocabulary, _time, _microBatches, _microBatchSize, _stages];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    /// <exception cref="BadInputException">The options are inconsistent.</exception>
    public (Workload Workload, int Stages) Read(ParseResult parsed)
    {
        var workload = new Workload(
            parsed.GetValue(_layers), parsed.GetValue(_hidden), parsed.GetValue(_heads), parsed.GetValue(_vocabulary),
            parsed.GetValue(_time), parsed.GetValue(_microBatches), parsed.GetValue(_microBatchSize));
        if (workload.Hidden % workload.Heads != 0)
            throw new BadInputException($"--heads: expected a divisor of --hidden {workload.Hidden}, found {workload.Heads}");
        var stages = parsed.GetValue(_stages);
        if (stages > workload.Layers)
            throw new BadInputException($"--stages: expected at most --layers {workload.Layers}, found {stages}");
        return (workload, stages);
    }

    /// <summary>The workload as arguments of a child process.</summary>
    public static IEnumerable<string> Arguments(Workload workload, int stages) =>
    [
        "--layers", $"{workload.Layers}", "--hidden", $"{workload.Hidden}", "--heads", $"{workload.Heads}",
        "--vocabulary", $"{workload.Vocabulary}", "--time", $"{workload.Time}", "--micro-batches", $"{workload.MicroBatches}",
        "--micro-batch-size", $"{workload.MicroBatchSize}", "--stages", $"{stages}",
    ];
}
