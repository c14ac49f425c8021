using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Network;

/// <summary>
/// How long a block's work takes: its floating-point operations over what a device does in a second; backward twice as
/// many as forward (Kaplan et al. 2020).
/// </summary>
public sealed class ComputeCost
{
    // Longer than any simulation, and a thousand times it still fits a TimeSpan.
    private const double SecondsMost = 365 * 86_400.0;

    private readonly TimeSpan[] _forward;

    /// <summary>Given times.</summary>
    /// <param name="forward">The time of each block, for one micro-batch forward.</param>
    public ComputeCost(IEnumerable<TimeSpan> forward) => _forward = [.. forward];

    /// <summary>For a run's blocks.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stages">How many blocks it is cut into.</param>
    /// <param name="sequences">Sequences in a micro-batch.</param>
    /// <param name="tokens">Tokens in a sequence.</param>
    /// <param name="flopsPerSecond">The speed of a device.</param>
    public ComputeCost(ModelConfig model, int stages, int sequences, int tokens, double flopsPerSecond) => _forward =
    [
        .. Cut.Balanced(model, stages).Select(block =>
            TimeSpan.FromSeconds(Math.Min(SecondsMost, Cut.ForwardFlopsPerToken(model, block, tokens) * sequences * tokens / flopsPerSecond))),
    ];

    /// <summary>The time of one micro-batch.</summary>
    public TimeSpan Of(int block, Direction direction) => direction == Direction.Forward ? _forward[block] : 2 * _forward[block];
}
