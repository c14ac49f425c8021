using PipelineRobustness.Models;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>
/// What a node must know of a run to work its stages. Every node reads the same experiment; a server names a run, and the node
/// finds the rest by itself.
/// </summary>
public interface IRunCatalog
{
    /// <summary>Opens a run; whoever asked disposes of it when no stage is left.</summary>
    /// <exception cref="BadInputException">There is no such run, or what it is made of cannot be read.</exception>
    RunMaterial Open(RunKey run);

    /// <summary>What stages of a run that was opened are built from.</summary>
    internal StageSetup Setup(RunMaterial material) => new(material.Plan, material.Weights, material.Data, material.Ports);
}

/// <summary>What stages of a run are made of.</summary>
/// <param name="Plan">What to run.</param>
/// <param name="Weights">Version 0; asked only where a stage begins with it.</param>
/// <param name="Data">What to train and evaluate on.</param>
/// <param name="Ports">Where the world enters.</param>
public sealed record RunMaterial(RunPlan Plan, IWeightSource Weights, RunData Data, RunPorts Ports) : IDisposable
{
    /// <summary>What is closed with it: the weights where they are a file, or null.</summary>
    public IDisposable? Owned { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Owned?.Dispose();
}

/// <summary>The one run of a process that works no other. Its nodes share what can be worked out once.</summary>
internal sealed class OneRun(RunMaterial material) : IRunCatalog
{
    /// <summary>What its stages are built from.</summary>
    public StageSetup Setup { get; } = new(material.Plan, material.Weights, material.Data, material.Ports);

    public RunMaterial Open(RunKey run) => material;

    StageSetup IRunCatalog.Setup(RunMaterial opened) => Setup;
}
