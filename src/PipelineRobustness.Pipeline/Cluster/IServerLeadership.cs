using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// The right to run the central server: one node of a cluster has it. When that node dies another gets it, and drives the
/// experiment as if from its beginning: runs that are done are found done, and the one under way is taken over.
/// </summary>
public interface IServerLeadership
{
    /// <summary>
    /// Whether another node drove the experiment before, or may have, since others were here when this node came: their results
    /// are gone on with, whatever was asked for at the start.
    /// </summary>
    bool Continues { get; }

    /// <summary>The experiment is to end after the current iteration.</summary>
    CancellationToken Interrupt { get; }

    /// <summary>Another node may have the seat now: nothing that is found out from here on counts.</summary>
    CancellationToken Lost { get; }

    /// <summary>Runs, or takes over, one run on the nodes of the cluster.</summary>
    /// <returns>The outcome, the caller's to dispose of; <see cref="RunStatus.Superseded"/> where the seat was lost meanwhile.</returns>
    Task<RunOutcome> RunAsync(RunSpec run, IRunObserver observer, CancellationToken interrupt);
}

/// <summary>What the driver of an experiment comes to: told to every node, and by each to its shell.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Reason">Why, where it was not done: one line.</param>
public sealed record ExperimentEnd(int ExitCode, string? Reason = null);
