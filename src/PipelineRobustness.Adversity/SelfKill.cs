using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity;

/// <summary>A logical instant: the first stage of the process that comes there kills it.</summary>
public readonly record struct KillInstant(long Iteration, Phase Moment)
{
    /// <summary>Reads <c>ITERATION</c> or <c>ITERATION:MOMENT</c>; without a moment, before the first forward.</summary>
    /// <exception cref="BadInputException">It is something else.</exception>
    public static KillInstant Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split(':');
        var moment = Phase.Forward;
        var named = parts.Length < 2
            || (char.IsAsciiLetter(parts[1].FirstOrDefault()) && Enum.TryParse(parts[1], ignoreCase: true, out moment));
        if (parts.Length <= 2 && named && ulong.TryParse(parts[0], out var iteration) && iteration <= long.MaxValue)
            return new KillInstant((long)iteration, moment);

        var moments = string.Join('|', Enum.GetNames<Phase>()).ToLowerInvariant();
        throw new BadInputException($"--kill-at: expected ITERATION or ITERATION:{moments}, found {text}");
    }
}

/// <summary>
/// A process that kills itself with SIGKILL at a logical instant, as the machine's loss or the kernel would: nothing is
/// written, told or closed first.
/// </summary>
/// <param name="inner">What its stages do until then.</param>
/// <param name="instant">When.</param>
/// <param name="kill">How; SIGKILL to the own process where null.</param>
public sealed class SelfKill(IStageBehaviour inner, KillInstant instant, Action? kill = null) : IStageBehaviour
{
    /// <inheritdoc/>
    public Tensor Send(SendContext context, Tensor honest) => inner.Send(context, honest);

    /// <inheritdoc/>
    public bool Withholds(SendContext context) => inner.Withholds(context);

    /// <inheritdoc/>
    public void BeforeWork(WorkContext context)
    {
        Strike(context.Iteration, Phases.Of(context.Direction));
        inner.BeforeWork(context);
    }

    /// <inheritdoc/>
    public void BeforePrepared(long iteration, int stage)
    {
        Strike(iteration, Phase.Prepared);
        inner.BeforePrepared(iteration, stage);
    }

    /// <inheritdoc/>
    public string Note(long iteration, int attempt, int stage) => inner.Note(iteration, attempt, stage);

    /// <inheritdoc/>
    public void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
    {
        // Told of the version that was reached: the iteration after it has that number.
        Strike(iteration - 1, Phase.Committed);
        inner.BetweenIterations(iteration, stage, block, state);
    }

    private void Strike(long iteration, Phase moment)
    {
        if (iteration != instant.Iteration || moment != instant.Moment) return;
        if (kill is not null) kill();
        else if (OperatingSystem.IsWindows()) Environment.FailFast("--kill-at");
        else Signals.Send(Environment.ProcessId, ProcessSignal.Kill);
    }
}
