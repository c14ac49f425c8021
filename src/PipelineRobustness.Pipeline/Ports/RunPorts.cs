using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>Where the world enters the pipeline. The defaults are a deployment's.</summary>
public sealed record RunPorts
{
    /// <summary>What stages do beside their work.</summary>
    public IStageBehaviour Behaviour { get; init; } = HonestBehaviour.Instance;

    /// <summary>What nodes send each other.</summary>
    public ITransport Link { get; init; } = LocalTransport.Instance;

    /// <summary>What goes to disk; null where no checkpoints are written.</summary>
    public IStore? Store { get; init; }

    /// <summary>Where stages compute. What they send is moved by whoever receives it.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Called once on every stage's own thread before it computes: a node lowers its priority there.</summary>
    public Action OnComputeThread { get; init; } = () => { };

    /// <summary>The clock: wall time, or virtual time in a simulation.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
