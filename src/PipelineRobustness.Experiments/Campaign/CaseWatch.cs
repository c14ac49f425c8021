using System.Security.Cryptography;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using TorchSharp;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Sees, through the ports, what the holders of blocks work and come to, and which blocks they are sent: what an oracle needs to
/// know that does not take the server's word for it.
/// </summary>
internal sealed class CaseWatch(int microBatches, Func<TimeSpan> now) : IStageBehaviour, ITransport
{
    private readonly Dictionary<(int Stage, int Block, Direction Direction), List<(Ballot Ballot, long Iteration, int MicroBatch)>> _worked = [];
    private readonly Dictionary<(long Version, int Block), string> _states = [];
    private IStageBehaviour _behaviour = HonestBehaviour.Instance;
    private ITransport _link = LocalTransport.Instance;

    /// <summary>A holder that stepped by other work than each micro-batch once forward and once backward, in their order; null where none did.</summary>
    public string? OtherWork { get; private set; }

    /// <summary>A holder that came to another state of a block and a version than one before it; null where none did.</summary>
    public string? OtherState { get; private set; }

    /// <summary>Blocks that one holder sent another: when, to which stage, and which.</summary>
    public List<(TimeSpan At, int To, int Block)> Transfers { get; } = [];

    /// <summary>These ports, watched.</summary>
    public RunPorts Over(RunPorts ports)
    {
        _behaviour = ports.Behaviour;
        _link = ports.Link;
        return ports with { Behaviour = this, Link = this };
    }

    /// <inheritdoc/>
    public torch.Tensor Send(SendContext context, torch.Tensor honest) => _behaviour.Send(context, honest);

    /// <inheritdoc/>
    public bool Withholds(SendContext context) => _behaviour.Withholds(context);

    /// <inheritdoc/>
    public string Note(long iteration, int attempt, int stage) => _behaviour.Note(iteration, attempt, stage);

    /// <inheritdoc/>
    public void BeforePrepared(long iteration, int stage) => _behaviour.BeforePrepared(iteration, stage);

    /// <inheritdoc/>
    public void BeforeWork(WorkContext context)
    {
        _behaviour.BeforeWork(context);
        if (context.Block is { } block) Worked(context.Stage, block, context.Direction).Add((context.Ballot, context.Iteration, context.MicroBatch));
    }

    /// <inheritdoc/>
    public void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<torch.Tensor> state)
    {
        foreach (var direction in Enum.GetValues<Direction>())
        {
            // One that was left out of a roll may step later by what it prepared, or works on: another has its number, and works, meanwhile.
            var terms = Worked(stage, block, direction).Where(w => w.Iteration == iteration - 1).GroupBy(w => w.Ballot, w => w.MicroBatch)
                .Select(term => term.TakeLast(microBatches).ToArray()).ToList();
            if (terms.Exists(term => term.SequenceEqual(Enumerable.Range(0, microBatches)))) continue;
            OtherWork ??= $"stage {stage} stepped block {block} to version {iteration} by {direction} of micro-batches "
                + string.Join("; ", terms.Select(term => string.Join(", ", term)));
        }

        var digest = Digest(state);
        if (!_states.TryAdd((iteration, block), digest) && _states[(iteration, block)] != digest)
            OtherState ??= $"stage {stage} came to another state of block {block} at version {iteration} than a holder before it";
        _behaviour.BetweenIterations(iteration, stage, block, state);
    }

    /// <inheritdoc/>
    public void ToStage(IActorRef stage, object message, IActorRef sender)
    {
        if (message is BlockTransfer transfer) Transfers.Add((now(), transfer.To, transfer.Block));
        _link.ToStage(stage, message, sender);
    }

    /// <inheritdoc/>
    public void ToServer(IActorRef server, object message, IActorRef sender) => _link.ToServer(server, message, sender);

    private List<(Ballot Ballot, long Iteration, int MicroBatch)> Worked(int stage, int block, Direction direction)
    {
        if (!_worked.TryGetValue((stage, block, direction), out var list)) _worked[(stage, block, direction)] = list = [];
        return list;
    }

    private static string Digest(IReadOnlyList<torch.Tensor> state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in state) hash.AppendData(tensor.bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
