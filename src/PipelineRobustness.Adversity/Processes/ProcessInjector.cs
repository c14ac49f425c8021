using System.Collections.Concurrent;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>A run's stages in this process, with what a scenario has befall them.</summary>
/// <param name="scenario">The process's share in it.</param>
/// <param name="lies">What stages say beside: attacks.</param>
internal sealed class ProcessInjector(ProcessScenario scenario, IStageBehaviour lies) : IStageBehaviour
{
    private readonly ConcurrentDictionary<int, TimeSpan> _worked = [];

    /// <inheritdoc/>
    public Tensor Send(SendContext context, Tensor honest)
    {
        ArgumentNullException.ThrowIfNull(context);
        var said = lies.Send(context, honest);
        if (context.Link is not (Link.Neighbour or Link.Jump) || said.dim() == 0) return said;
        var part = context.Direction == Direction.Forward ? CorruptedPart.Activation : CorruptedPart.Gradient;
        foreach (var (index, failure) in scenario.Due(context.Iteration, Phases.Of(context.Direction), context.MicroBatch, context.Stage))
        {
            if (failure.Kind != FailureKind.Corrupt || failure.Part != part || !scenario.Takes(index, failure)) continue;
            var changed = Corruption.Of(said, failure.Pattern, scenario.Key("corruption"));
            if (!ReferenceEquals(said, honest)) said.Dispose();
            said = changed;
        }

        return said;
    }

    /// <inheritdoc/>
    public bool Withholds(SendContext context) => lies.Withholds(context);

    /// <inheritdoc/>
    public string Note(long iteration, int attempt, int stage) => lies.Note(iteration, attempt, stage);

    /// <inheritdoc/>
    public void BeforeWork(WorkContext context)
    {
        lies.BeforeWork(context);
        Come(context.Iteration, Phases.Of(context.Direction), context.MicroBatch, context.Stage);
        SlowDown(context.Stage);
    }

    /// <inheritdoc/>
    public void BeforePrepared(long iteration, int stage)
    {
        lies.BeforePrepared(iteration, stage);
        Come(iteration, Phase.Prepared, null, stage);
    }

    /// <inheritdoc/>
    public void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
    {
        lies.BetweenIterations(iteration, stage, block, state);
        foreach (var (index, failure) in scenario.Due(iteration - 1, Phase.Committed, null, stage))
        {
            if (failure is { Kind: FailureKind.Corrupt, Part: CorruptedPart.Weight or CorruptedPart.Moment } && scenario.Takes(index, failure))
                Corruption.StrikeState(state, failure, scenario.Key);
        }

        Come(iteration - 1, Phase.Committed, null, stage);
    }

    private void Come(long iteration, Phase phase, int? microBatch, int stage)
    {
        foreach (var (index, failure) in scenario.Due(iteration, phase, microBatch, stage))
            if (failure.Kind != FailureKind.Corrupt) scenario.Strike(index, failure, stage);
    }

    // What it has worked since it last came here takes so much longer; each stage has a thread of its own.
    private void SlowDown(int stage)
    {
        var worked = scenario.Worked;
        var since = worked - _worked.GetValueOrDefault(stage, worked);
        if (scenario.SlowFactor(stage) is > 1 and var factor && since > TimeSpan.Zero) scenario.Idle((factor - 1) * since);
        _worked[stage] = worked;
    }
}
