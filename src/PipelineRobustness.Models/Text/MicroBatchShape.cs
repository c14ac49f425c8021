namespace PipelineRobustness.Models.Text;

/// <summary>A micro-batch's shape. It is part of the numbers: other shapes give other bits.</summary>
/// <param name="Windows">Sequences.</param>
/// <param name="Time">Tokens in each.</param>
public readonly record struct MicroBatchShape(int Windows, int Time);
