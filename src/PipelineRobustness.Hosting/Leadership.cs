using Akka.Actor;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Hosting;

/// <summary>Drives the experiment while this node leads: one leadership after another, never two at once.</summary>
internal sealed class Leadership(DriveExperiment drive, Func<IActorRef, ServerLeadership> open, Action<ExperimentEnd> announce)
{
    private readonly Lock _gate = new();

    // Null while another node leads.
    private ServerLeadership? _current;

    // The work of the latest leadership, which begins when the one before has ended.
    private Task _driving = Task.CompletedTask;

    /// <summary>Completes when the work of every leadership so far has ended.</summary>
    public Task Ended
    {
        get
        {
            lock (_gate) return _driving;
        }
    }

    /// <summary>This node leads.</summary>
    /// <param name="singleton">The actor that hosts the central server.</param>
    public void Begin(IActorRef singleton)
    {
        lock (_gate)
        {
            var current = _current = open(singleton);
            var before = _driving;
            _driving = Task.Run(() => DriveAsync(current, before));
        }
    }

    /// <summary>This node leads no longer, or never did.</summary>
    public void End()
    {
        ServerLeadership? ended;
        lock (_gate) (ended, _current) = (_current, null);
        ended?.Lose();
        ended?.Dispose();
    }

    private async Task DriveAsync(ServerLeadership leadership, Task before)
    {
        await before.ConfigureAwait(false);
        ExperimentEnd? end = null;

        // A server that was only paused may have controlled the nodes for a moment; this leadership then starts again.
        while (end is null && !leadership.Lost.IsCancellationRequested)
        {
            try
            {
                end = await drive(leadership).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                end = new ExperimentEnd(ExitCode.Failed, Lines.First(e));
            }
        }

        // What a driver returns, or throws, after the loss of its leadership does not count.
        if (end is not null && !leadership.Lost.IsCancellationRequested) announce(end);
    }
}
