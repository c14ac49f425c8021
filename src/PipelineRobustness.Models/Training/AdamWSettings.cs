namespace PipelineRobustness.Models.Training;

/// <summary>AdamW's hyperparameters (Loshchilov and Hutter 2019), except the learning rate.</summary>
/// <param name="Beta1">Decay rate of the first moment, in [0, 1).</param>
/// <param name="Beta2">Decay rate of the second moment, in [0, 1).</param>
/// <param name="Epsilon">Added to the square root of the second moment.</param>
/// <param name="WeightDecay">Decoupled weight decay, multiplied by the learning rate; not applied to biases and norms.</param>
public sealed record AdamWSettings(double Beta1, double Beta2, double Epsilon, double WeightDecay);
