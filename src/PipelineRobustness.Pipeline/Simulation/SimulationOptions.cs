using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>How a run is simulated.</summary>
public sealed record SimulationOptions
{
    /// <summary>Seed of the order in which mailboxes run.</summary>
    public ulong Seed { get; init; }

    /// <summary>How that order is drawn.</summary>
    public Interleaving Interleaving { get; init; }

    /// <summary>How many machines there are at the beginning.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Stages that each has room for; null for as many as its share.</summary>
    public int? Room { get; init; }

    /// <summary>The network between machines; null for none.</summary>
    public INetwork? Network { get; init; }

    /// <summary>
    /// What the processor of a node or server gives, by its name (node-1, server-1): machines with different numbers count as processors
    /// that round differently. Null where all are alike.
    /// </summary>
    public Func<string, UInt128>? Fingerprint { get; init; }

    /// <summary>Virtual time after which an unfinished run is stuck.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Turns after which it is stuck: an endless loop may take no virtual time.</summary>
    public long TurnsMost { get; init; } = long.MaxValue;

    /// <summary>Asked before each turn whether to stop without an outcome; must be quick.</summary>
    public Func<bool> Stops { get; init; } = () => false;

    /// <summary>Called with the machines before anything has happened.</summary>
    public Action<IMachines> Begin { get; init; } = _ => { };
}

/// <summary>The result of a simulation.</summary>
/// <param name="Outcome">The run's outcome, which the caller disposes of; null where it got stuck or was interrupted.</param>
/// <param name="Elapsed">Virtual time.</param>
/// <param name="Turns">Messages that were handled.</param>
public sealed record SimulationEnd(RunOutcome? Outcome, TimeSpan Elapsed, long Turns) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Outcome?.Dispose();
}
