using PipelineRobustness.Pipeline.Security;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>The pipeline's connections to the outside. The defaults are those of a deployment.</summary>
public sealed record RunPorts
{
    /// <summary>What stages do in addition to their work.</summary>
    public IStageBehaviour Behaviour { get; init; } = HonestBehaviour.Instance;

    /// <summary>How nodes send messages to each other.</summary>
    public ITransport Transport { get; init; } = LocalTransport.Instance;

    /// <summary>Where checkpoints are written; null if none are.</summary>
    public IStore? Store { get; init; }

    /// <summary>Where the evidence of convictions is kept; null if none is.</summary>
    public IEvidence? Evidence { get; init; }

    /// <summary>The key by which a server of the run signs evidence; null for one that it draws.</summary>
    public NodeKey? Key { get; init; }

    /// <summary>What draws the keys of audits; null for what the run's settings say.</summary>
    public IAuditKeys? AuditKeys { get; init; }

    /// <summary>The device that stages compute on. The receiver of a tensor moves it to its own device.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Called once on every stage's own thread before it computes: a node lowers its priority there.</summary>
    public Action OnComputeThread { get; init; } = () => { };

    /// <summary>The clock: wall time, or virtual time in a simulation.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
