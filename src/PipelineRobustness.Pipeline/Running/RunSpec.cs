using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>What a run is made of: the same record from the settings to the stages.</summary>
/// <param name="Plan">What to do.</param>
/// <param name="Weights">Version 0; read only if a stage starts with it.</param>
/// <param name="Data">What to train and evaluate on.</param>
/// <param name="Ports">Where the outside world enters.</param>
public sealed record RunSpec(RunPlan Plan, IWeightSource Weights, RunData Data, RunPorts Ports) : IDisposable, IAsyncDisposable
{
    /// <summary>The key that nodes know it by.</summary>
    public RunKey Key { get => field ?? new RunKey(Plan.Name, WindowsUsed: 0); init; }

    /// <summary>What is closed with it, such as weights and store; nothing where several nodes share them.</summary>
    public IReadOnlyList<object> Owned { get; init; } = [];

    /// <summary>Closes what it owns, without waiting for what is still to be written.</summary>
    public void Dispose()
    {
        foreach (var owned in Owned.OfType<IDisposable>()) owned.Dispose();
    }

    /// <summary>Closes what it owns; completes when everything is written.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return new ValueTask(Task.WhenAll(Owned.OfType<IAsyncDisposable>().Select(owned => owned.DisposeAsync().AsTask())));
    }
}
