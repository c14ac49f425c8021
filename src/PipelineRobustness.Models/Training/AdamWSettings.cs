namespace PipelineRobustness.Models.Training;

/// <summary>AdamW's numbers (Loshchilov and Hutter 2019), but for the learning rate.</summary>
/// <param name="Beta1">How much of the first moment stays each step, 0 to below 1.</param>
/// <param name="Beta2">How much of the second moment stays each step, 0 to below 1.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Share of the weight taken away each step, times the learning rate; biases and norms keep theirs.</param>
public sealed record AdamWSettings(double Beta1, double Beta2, double Epsilon, double WeightDecay);
