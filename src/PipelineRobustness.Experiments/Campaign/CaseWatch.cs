using System.Security.Cryptography;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using TorchSharp;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Observes at the ports what the holders of blocks compute, which states they reach and which blocks are sent, so that oracles need
/// not rely on the server.
/// </summary>
/// <param name="ports">The ports to observe.</param>
/// <param name="microBatches">Micro-batches of an iteration.</param>
/// <param name="now">Virtual time.</param>
/// <param name="isFalse">Whether a stage took its step of an iteration falsely.</param>
/// <param name="history">What a version's state depends on in addition, where the lies of colluders are committed: convictions and recoveries so far.</param>
internal sealed class CaseWatch(RunPorts ports, int microBatches, Func<TimeSpan> now, Func<long, int, bool> isFalse, Func<int> history)
    : DelegatingBehaviour(ports.Behaviour), ITransport
{
    private readonly Dictionary<(int Stage, int Block, Direction Direction), List<(Ballot Ballot, long Iteration, int MicroBatch)>> _computed = [];
    private readonly Dictionary<(long Version, int Block, int History), string> _states = [];

    /// <summary>The ports, watched.</summary>
    public RunPorts Ports => ports with { Behaviour = this, Transport = this };

    /// <summary>A holder that stepped without one forward and one backward pass of each micro-batch, in order; null where none did.</summary>
    public string? OtherWork { get; private set; }

    /// <summary>A holder whose state of a block at a version differs from an earlier holder's; null where none does.</summary>
    public string? OtherState { get; private set; }

    /// <summary>Blocks that one holder sent another: when, to which stage, and which.</summary>
    public List<(TimeSpan At, int To, int Block)> Transfers { get; } = [];

    /// <summary>Commits and passes that a server orders: when, and which of the two.</summary>
    public List<(TimeSpan At, bool IsCommit)> Orders { get; } = [];

    /// <inheritdoc/>
    public override void BeforeWork(WorkContext context)
    {
        base.BeforeWork(context);
        if (context.Block is { } block) Computed(context.Stage, block, context.Direction).Add((context.Ballot, context.Iteration, context.MicroBatch));
    }

    /// <inheritdoc/>
    public override void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<torch.Tensor> state)
    {
        foreach (var direction in Enum.GetValues<Direction>())
        {
            // A stage that missed a state query may still be working, or may step later with what it prepared, while its
            // replacement of the same number works under a higher ballot.
            var ballots = Computed(stage, block, direction).Where(w => w.Iteration == iteration - 1).GroupBy(w => w.Ballot, w => w.MicroBatch)
                .Select(ballot => ballot.TakeLast(microBatches).ToArray()).ToList();
            if (ballots.Exists(ballot => ballot.SequenceEqual(Enumerable.Range(0, microBatches)))) continue;
            OtherWork ??= $"stage {stage} stepped block {block} to version {iteration} by {direction} of micro-batches "
                + string.Join("; ", ballots.Select(ballot => string.Join(", ", ballot)));
        }

        var digest = isFalse(iteration - 1, stage) ? null : Digest(state);
        var reached = (iteration, block, history());
        if (digest is not null && !_states.TryAdd(reached, digest) && _states[reached] != digest)
            OtherState ??= $"stage {stage} reached another state of block {block} at version {iteration} than an earlier holder";
        base.BetweenIterations(iteration, stage, block, state);
    }

    /// <inheritdoc/>
    public void ToStage(IActorRef stage, object message, IActorRef sender)
    {
        if (message is BlockTransfer transfer) Transfers.Add((now(), transfer.To, transfer.Block));
        if (message is Commit or BeginPass { Vouched: not null }) Orders.Add((now(), message is Commit));
        ports.Transport.ToStage(stage, message, sender);
    }

    /// <inheritdoc/>
    public void ToServer(IActorRef server, object message, IActorRef sender) => ports.Transport.ToServer(server, message, sender);

    private List<(Ballot Ballot, long Iteration, int MicroBatch)> Computed(int stage, int block, Direction direction)
    {
        if (!_computed.TryGetValue((stage, block, direction), out var list)) _computed[(stage, block, direction)] = list = [];
        return list;
    }

    private static string Digest(IReadOnlyList<torch.Tensor> state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in state) hash.AppendData(tensor.bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
