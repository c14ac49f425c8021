using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Observes at the ports that rulings of which stages were told are never forgotten, and that a convicted machine gets no stage any more,
/// works nothing and gives nothing away, from the first ballot on under which they were told. What it still has to do under an earlier one
/// counts for nothing.
/// </summary>
/// <param name="ports">The ports to observe.</param>
/// <param name="after">Convictions after which a machine is quarantined.</param>
/// <param name="here">The machine that works now.</param>
internal sealed class RulingWatch(RunPorts ports, int after, Func<string?> here) : DelegatingBehaviour(ports.Behaviour), ITransport
{
    // All of which stages were told, in order.
    private readonly List<Ruling> _told = [];
    private Ballot _under;

    // Where stages have been.
    private readonly HashSet<(int Stage, string Machine)> _placed = [];

    // By machine: the first ballot under which it is quarantined.
    private readonly Dictionary<string, Ballot> _since = [];

    /// <summary>The ports, watched.</summary>
    public RunPorts Ports => ports with { Behaviour = this, Transport = this };

    /// <summary>What a server forgot, or a quarantined machine did or was to do; null where there is nothing.</summary>
    public string? Violation { get; private set; }

    /// <inheritdoc/>
    public override void BeforeWork(WorkContext context)
    {
        base.BeforeWork(context);
        if (Has(here(), context.Ballot)) Violation ??= $"{here()} worked on iteration {context.Iteration} as stage {context.Stage}, and was quarantined";
    }

    /// <inheritdoc/>
    public void ToStage(IActorRef stage, object message, IActorRef sender)
    {
        switch (message)
        {
            case StageAddresses { State: var state } addresses:
                Tell(state.Rulings, addresses.Ballot);
                _placed.UnionWith(addresses.Placement.Select((node, stage) => (stage, node.Name)));
                if (addresses.Placement.FirstOrDefault(node => Has(node.Name, addresses.Ballot)) is { Name: { } name })
                    Violation ??= $"{name} got a stage, and was quarantined";
                break;
            case BlockTransfer transfer when Has(here(), transfer.Work.Ballot):
                Violation ??= $"block {transfer.Block} was sent to stage {transfer.To} by {here()}, which was quarantined";
                break;
        }

        ports.Transport.ToStage(stage, message, sender);
    }

    /// <inheritdoc/>
    public void ToServer(IActorRef server, object message, IActorRef sender)
    {
        if (message is StateShown shown && Has(here(), shown.Work.Ballot))
            Violation ??= $"block {shown.Key.Block} was shown by {here()}, which was quarantined";
        ports.Transport.ToServer(server, message, sender);
    }

    private bool Has(string? machine, Ballot ballot) => machine is not null && _since.TryGetValue(machine, out var since) && ballot >= since;

    private void Tell(Rulings rulings, Ballot ballot)
    {
        // A server that was overruled may not have heard of it.
        if (ballot < _under) return;
        _under = ballot;
        if (!rulings.All.Take(_told.Count).Select(DueRuling.Of).SequenceEqual(_told.Select(DueRuling.Of)))
            Violation ??= $"the server of {ballot} has forgotten rulings that stages were told of";
        foreach (var ruling in rulings.All.Skip(_told.Count))
        {
            _told.Add(ruling);
            if (ruling.Convicted is not { } convicted) continue;
            if (!_placed.Contains((convicted.Stage, convicted.Node.Name)))
                Violation ??= $"stage {convicted.Stage} was convicted on {convicted.Node}, where it has not been";
            if (_told.Count(told => told.Convicted?.Node == convicted.Node) >= after)
                _since.TryAdd(convicted.Node.Name, ballot);
        }
    }
}
