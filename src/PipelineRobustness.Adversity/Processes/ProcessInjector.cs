using System.Collections.Concurrent;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>A run's stages in this process, with the failures that a scenario injects into them.</summary>
/// <param name="scenario">The process's share in it.</param>
/// <param name="inner">What stages do otherwise: attacks.</param>
internal sealed class ProcessInjector(ProcessScenario scenario, IStageBehaviour inner) : InjectingBehaviour(inner)
{
    private readonly ConcurrentDictionary<int, TimeSpan> _computed = [];

    /// <inheritdoc/>
    public override void BeforeWork(WorkContext context)
    {
        base.BeforeWork(context);
        SlowDown(context.Stage);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<(int Index, Failure Failure)> Due(WorkPoint point) => scenario.Due(point);

    /// <inheritdoc/>
    protected override bool TryTake(int index, int stage) => scenario.TryTake(index);

    /// <inheritdoc/>
    protected override void Inject(int index, Failure failure, int stage) => scenario.Inject(index, failure, stage);

    /// <inheritdoc/>
    protected override ulong Key(string purpose) => scenario.Key(purpose);

    // The stage idles for a multiple of what it has computed since the last call; each stage has a thread of its own.
    private void SlowDown(int stage)
    {
        var computed = scenario.Faults.ThreadTime;
        var since = computed - _computed.GetValueOrDefault(stage, computed);
        if (scenario.Faults.SlowFactor(stage) is > 1 and var factor && since > TimeSpan.Zero) scenario.Faults.Idle((factor - 1) * since);
        _computed[stage] = computed;
    }
}
