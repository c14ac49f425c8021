using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>
/// The runs that a node can take part in. Every node reads the same experiment; a server names a run, and the node finds everything
/// else here.
/// </summary>
public interface IRunCatalog
{
    /// <summary>Opens a run; the caller disposes of it when no stage is left.</summary>
    /// <exception cref="BadInputException">The run does not exist, or its files cannot be read.</exception>
    RunSpec Open(RunKey key);

    /// <summary>What the stages of an opened run are built from.</summary>
    internal StageSetup Setup(RunSpec run) => new(run);
}

/// <summary>The only run of a process. Its nodes share the setup, so that each part is computed once.</summary>
internal sealed class SingleRun(RunSpec run) : IRunCatalog
{
    /// <summary>What its stages are built from.</summary>
    public StageSetup Setup { get; } = new(run);

    public RunSpec Open(RunKey key) => run;

    StageSetup IRunCatalog.Setup(RunSpec opened) => Setup;
}
