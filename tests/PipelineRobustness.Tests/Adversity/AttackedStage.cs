using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>Stage 2 of six, through which one attack goes: what it is given and sends, with its memories, and no pipeline.</summary>
internal sealed class AttackedStage : IDisposable
{
    private const int Stage = 2;

    private readonly Adversary _adversary;
    private readonly Direction _direction;
    private readonly BehaviourMemory _memory = new();
    private long _iteration;
    private int _attempt;

    public AttackedStage(Attack attack, Direction direction = Direction.Forward, ulong seed = 1, IDetector? detector = null, double audited = 0)
    {
        Attack[] attacks = [attack with { Rate = 1, Stage = Stage, Direction = direction }];
        _adversary = new Adversary(new AttackerKnowledge(seed, 6) { Detector = detector, Audit = new AuditSettings { Share = audited } }, attacks);
        _direction = direction;
    }

    public bool FollowsRecovery { get; init; }

    public IReadOnlyList<AttackEvent> Events => _adversary.Events;

    public void Dispose() => _memory.Clear();

    /// <summary>Begins an attempt.</summary>
    public void Begin(long iteration, int attempt = 0)
    {
        (_iteration, _attempt) = (iteration, attempt);
        _memory.Begin(iteration);
    }

    /// <summary>Its block works on something.</summary>
    public void Receive(Direction direction, int microBatch, Tensor input, Link link = Link.Neighbour) =>
        _adversary.Receive(Context(direction, microBatch, link), input);

    /// <summary>The referee asks for what a block worked on.</summary>
    public void Show(int microBatch, Tensor honest, int block = Stage) =>
        _adversary.Show(new HeldContext(_iteration, _attempt, Stage, 0, block), microBatch, honest);

    /// <summary>What it sends; the caller's unless it is the honest value.</summary>
    public Tensor Send(int microBatch, Tensor honest, Link link = Link.Neighbour) => _adversary.Send(Context(_direction, microBatch, link), honest);

    /// <summary>The numbers that it sends in place of some.</summary>
    public float[] Sent(int microBatch, Tensor honest, Link link = Link.Neighbour)
    {
        var sent = Send(microBatch, honest, link);
        float[] numbers = [.. sent.data<float>()];
        if (!ReferenceEquals(sent, honest)) sent.Dispose();
        return numbers;
    }

    private SendContext Context(Direction direction, int microBatch, Link link) =>
        new(_iteration, _attempt, 0, microBatch, direction, Stage, link, Memory: _memory) { FollowsRecovery = FollowsRecovery };
}
