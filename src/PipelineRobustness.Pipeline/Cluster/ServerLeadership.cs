using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>This node's leadership, from the singleton's start here until another node takes over.</summary>
internal sealed class ServerLeadership : IServerLeadership, IDisposable
{
    private readonly IActorRef _singleton;
    private readonly NodeId _here;
    private readonly IActorRef _membership;
    private readonly ClusterPorts _ports;
    private readonly Fingerprints _fingerprints;
    private readonly CancellationTokenSource _lost = new();

    public ServerLeadership(
        IActorRef singleton, NodeId here, IActorRef membership, ClusterPorts ports, Fingerprints fingerprints, bool continues,
        CancellationToken interrupt)
    {
        Continues = continues;
        Interrupt = interrupt;
        Lost = _lost.Token;
        _singleton = singleton;
        _here = here;
        _membership = membership;
        _ports = ports;
        _fingerprints = fingerprints;
    }

    /// <inheritdoc/>
    public bool Continues { get; }

    /// <inheritdoc/>
    public CancellationToken Interrupt { get; }

    /// <inheritdoc/>
    public CancellationToken Lost { get; }

    private static RunOutcome Superseded => new(RunStatus.Superseded, "another node leads the experiment", 0, null, []);

    /// <inheritdoc/>
    public async Task<RunOutcome> RunAsync(RunSpec run, IRunObserver observer, CancellationToken interrupt)
    {
        var ended = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var setup = new StageSetup(_ports.Of(run with { Plan = run.Plan.Validate() }));
        var (here, membership, fingerprint) = (_here, _membership, _fingerprints.Find(run.Plan.Name));
        Action<RunOutcome> end = outcome =>
        {
            if (!ended.TrySetResult(outcome)) outcome.Dispose();
        };
        _membership.Tell(new ClusterMembership.Announce(new ExperimentBegun(_here)));
        _singleton.Tell(new ServerSingleton.StartServer(Props.Create(() => new CoordinatorActor(setup, here, membership, observer, end, fingerprint))));
        // After a loss this returns only when the server has stopped: it would otherwise still act alongside its successor.
        await using var lost = Lost.UnsafeRegister(_ => _singleton.Tell(ServerSingleton.StopServer.Instance), null).ConfigureAwait(false);
        await using var registration = interrupt.Register(() => _singleton.Tell(new Interrupt())).ConfigureAwait(false);
        using var watching = new CancellationTokenSource();
        await Task.WhenAny(ended.Task, _singleton.WatchAsync(watching.Token)).ConfigureAwait(false);
        await watching.CancelAsync().ConfigureAwait(false);
        if (ended.TrySetResult(Superseded) || !Lost.IsCancellationRequested) return await ended.Task.ConfigureAwait(false);
        (await ended.Task.ConfigureAwait(false)).Dispose();
        return Superseded;
    }

    /// <summary>Another node leads from now on.</summary>
    public void Lose() => _lost.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _lost.Dispose();
}
