using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>A logical instant: the first stage of the process that reaches it kills the process.</summary>
public readonly record struct KillInstant(long Iteration, IterationPhase Phase)
{
    /// <summary>Reads <c>ITERATION</c> or <c>ITERATION:PHASE</c>; without a phase, before the first forward.</summary>
    /// <exception cref="BadInputException">The text is neither.</exception>
    public static KillInstant Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split(':');
        var phase = IterationPhase.Forward;
        var isPhase = parts.Length < 2
            || (char.IsAsciiLetter(parts[1].FirstOrDefault()) && Enum.TryParse(parts[1], ignoreCase: true, out phase));
        if (parts.Length <= 2 && isPhase && ulong.TryParse(parts[0], out var iteration) && iteration <= long.MaxValue)
            return new KillInstant((long)iteration, phase);

        throw new BadInputException($"--kill-at: expected ITERATION or ITERATION:{string.Join('|', Words.All(typeof(IterationPhase)))}, found {text}");
    }
}

/// <summary>
/// Has the process kill itself with SIGKILL at a logical instant, as the loss of its machine would end it: nothing is written,
/// sent or closed first.
/// </summary>
/// <param name="inner">What its stages do otherwise.</param>
/// <param name="instant">When.</param>
/// <param name="kill">How; SIGKILL to the own process where null.</param>
public sealed class SelfKill(IStageBehaviour inner, KillInstant instant, Action? kill = null) : DelegatingBehaviour(inner)
{
    /// <inheritdoc/>
    public override void BeforeWork(WorkContext context)
    {
        Reach(WorkPoint.Of(context.Iteration, context.Direction, context.MicroBatch, context.Stage));
        base.BeforeWork(context);
    }

    /// <inheritdoc/>
    public override void BeforePrepared(long iteration, int stage)
    {
        Reach(new WorkPoint(iteration, IterationPhase.Prepared, null, stage));
        base.BeforePrepared(iteration, stage);
    }

    /// <inheritdoc/>
    public override void BeforeShowing(long iteration, int stage)
    {
        Reach(new WorkPoint(iteration, IterationPhase.Hearing, null, stage));
        base.BeforeShowing(iteration, stage);
    }

    /// <inheritdoc/>
    public override void BeforeHearing(HearingContext context)
    {
        Reach(new WorkPoint(context.Iteration, IterationPhase.Hearing, null, context.Block));
        base.BeforeHearing(context);
    }

    /// <inheritdoc/>
    public override void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
    {
        // Called with the version that was reached: the iteration before it has just been committed.
        Reach(new WorkPoint(iteration - 1, IterationPhase.Committed, null, stage));
        base.BetweenIterations(iteration, stage, block, state);
    }

    private void Reach(WorkPoint point)
    {
        if (point.Iteration != instant.Iteration || point.Phase != instant.Phase) return;
        if (kill is not null) kill();
        else if (OperatingSystem.IsWindows()) Environment.FailFast("--kill-at");
        else Signals.Send(Environment.ProcessId, ProcessSignal.Kill);
    }
}
