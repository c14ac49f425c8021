using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// The right to run the central server, which one node of a cluster has at a time. When that node dies, another becomes the leader
/// and drives the experiment from its beginning: it finds finished runs in the output folder and takes over the current one.
/// </summary>
public interface IServerLeadership
{
    /// <summary>
    /// Whether another node led before, or may have, since others were here when this node joined. The experiment then continues
    /// from their results, also without <c>--resume</c>.
    /// </summary>
    bool Continues { get; }

    /// <summary>Cancelled when the experiment is to end after the current iteration.</summary>
    CancellationToken Interrupt { get; }

    /// <summary>Cancelled when another node may have become the leader: no later result of this one counts.</summary>
    CancellationToken Lost { get; }

    /// <summary>Runs, or takes over, one run on the nodes of the cluster.</summary>
    /// <returns>The outcome, the caller's to dispose of; <see cref="RunStatus.Superseded"/> if the leadership was lost meanwhile.</returns>
    Task<RunOutcome> RunAsync(RunSpec run, IRunObserver observer, CancellationToken interrupt);
}

/// <summary>Drives the experiment while this node leads; what it returns ends the experiment on all nodes.</summary>
/// <returns>Null if another node took the work over: the experiment is driven again, unless this node has lost the leadership by then.</returns>
public delegate Task<ExperimentEnd?> DriveExperiment(IServerLeadership leadership);

/// <summary>The result of driving an experiment, which every node's process reports to its shell.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Reason">Why the experiment was not completed, in one line; null if it was.</param>
public sealed record ExperimentEnd(int ExitCode, string? Reason = null);
