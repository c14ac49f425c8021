using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>One term of this node in the server's seat.</summary>
internal sealed class ServerLeadership : IServerLeadership, IDisposable
{
    private readonly IActorRef _seat;
    private readonly NodeId _here;
    private readonly IActorRef _membership;
    private readonly ITransport _link;
    private readonly CancellationTokenSource _lost = new();

    public ServerLeadership(IActorRef seat, NodeId here, IActorRef membership, ITransport link, bool continues, CancellationToken interrupt)
    {
        Continues = continues;
        _seat = seat;
        _here = here;
        _membership = membership;
        _link = link;
        Interrupt = interrupt;
        Lost = _lost.Token;
    }

    /// <inheritdoc/>
    public bool Continues { get; }

    /// <inheritdoc/>
    public CancellationToken Interrupt { get; }

    /// <inheritdoc/>
    public CancellationToken Lost { get; }

    /// <inheritdoc/>
    public async Task<RunOutcome> RunAsync(RunSpec run, IRunObserver observer, CancellationToken interrupt)
    {
        var ended = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var setup = new StageSetup(run with { Plan = run.Plan.Validate(), Ports = run.Ports with { Link = _link } });
        var (here, membership) = (_here, _membership);
        Action<RunOutcome> end = outcome =>
        {
            if (!ended.TrySetResult(outcome)) outcome.Dispose();
        };
        _membership.Tell(new ClusterMembership.Announce(new ExperimentBegun(_here)));
        _seat.Tell(new Seat.OpenRun(Props.Create(() => new CoordinatorActor(setup, here, membership, observer, end))));
        // Whoever lost the seat comes back when its server has stopped: whatever that still did would be done beside another's.
        await using var lost = Lost.UnsafeRegister(_ => _seat.Tell(Seat.CloseRun.Instance), null).ConfigureAwait(false);
        await using var registration = interrupt.Register(() => _seat.Tell(new Interrupt())).ConfigureAwait(false);
        using var watching = new CancellationTokenSource();
        await Task.WhenAny(ended.Task, _seat.WatchAsync(watching.Token)).ConfigureAwait(false);
        await watching.CancelAsync().ConfigureAwait(false);
        if (ended.TrySetResult(Superseded) || !Lost.IsCancellationRequested) return await ended.Task.ConfigureAwait(false);
        (await ended.Task.ConfigureAwait(false)).Dispose();
        return Superseded;
    }

    /// <summary>The seat is another's.</summary>
    public void Lose() => _lost.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _lost.Dispose();

    private static RunOutcome Superseded => new(RunStatus.Superseded, "another node took the server's seat", 0, null, []);
}
