namespace PipelineRobustness.Models.Text;

/// <summary>The shape of a micro-batch. It affects the numbers: other shapes give other bits.</summary>
/// <param name="Windows">Number of sequences.</param>
/// <param name="Time">Tokens per sequence.</param>
public readonly record struct MicroBatchShape(int Windows, int Time);
