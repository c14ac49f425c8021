using System.Security.Cryptography;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using TorchSharp;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Sees, through the ports, what the holders of blocks compute and which states they reach, and which blocks are sent: what an oracle
/// needs to know without relying on the server.
/// </summary>
/// <param name="ports">The ports that it stands in front of.</param>
/// <param name="microBatches">Micro-batches of an iteration.</param>
/// <param name="now">Virtual time.</param>
internal sealed class CaseWatch(RunPorts ports, int microBatches, Func<TimeSpan> now) : DelegatingBehaviour(ports.Behaviour), ITransport
{
    private readonly Dictionary<(int Stage, int Block, Direction Direction), List<(Ballot Ballot, long Iteration, int MicroBatch)>> _worked = [];
    private readonly Dictionary<(long Version, int Block), string> _states = [];

    /// <summary>The ports, watched.</summary>
    public RunPorts Ports => ports with { Behaviour = this, Link = this };

    /// <summary>A holder that stepped without having worked each micro-batch once forward and once backward, in order; null where none did.</summary>
    public string? OtherWork { get; private set; }

    /// <summary>A holder that reached another state of a block and a version than an earlier one; null where none did.</summary>
    public string? OtherState { get; private set; }

    /// <summary>Blocks that one holder sent another: when, to which stage, and which.</summary>
    public List<(TimeSpan At, int To, int Block)> Transfers { get; } = [];

    /// <inheritdoc/>
    public override void BeforeWork(WorkContext context)
    {
        base.BeforeWork(context);
        if (context.Block is { } block) Worked(context.Stage, block, context.Direction).Add((context.Ballot, context.Iteration, context.MicroBatch));
    }

    /// <inheritdoc/>
    public override void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<torch.Tensor> state)
    {
        foreach (var direction in Enum.GetValues<Direction>())
        {
            // A stage that a state query left out may step later by what it prepared, or still works; another one has its number, and
            // works at the same time under a higher ballot.
            var ballots = Worked(stage, block, direction).Where(w => w.Iteration == iteration - 1).GroupBy(w => w.Ballot, w => w.MicroBatch)
                .Select(ballot => ballot.TakeLast(microBatches).ToArray()).ToList();
            if (ballots.Exists(ballot => ballot.SequenceEqual(Enumerable.Range(0, microBatches)))) continue;
            OtherWork ??= $"stage {stage} stepped block {block} to version {iteration} by {direction} of micro-batches "
                + string.Join("; ", ballots.Select(ballot => string.Join(", ", ballot)));
        }

        var digest = Digest(state);
        if (!_states.TryAdd((iteration, block), digest) && _states[(iteration, block)] != digest)
            OtherState ??= $"stage {stage} reached another state of block {block} at version {iteration} than an earlier holder";
        base.BetweenIterations(iteration, stage, block, state);
    }

    /// <inheritdoc/>
    public void ToStage(IActorRef stage, object message, IActorRef sender)
    {
        if (message is BlockTransfer transfer) Transfers.Add((now(), transfer.To, transfer.Block));
        ports.Link.ToStage(stage, message, sender);
    }

    /// <inheritdoc/>
    public void ToServer(IActorRef server, object message, IActorRef sender) => ports.Link.ToServer(server, message, sender);

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
