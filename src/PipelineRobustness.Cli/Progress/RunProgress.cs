using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Cli.Progress;

/// <summary>One run's progress.</summary>
internal sealed class RunProgress(RunSettings settings)
{
    public RunSettings Settings => settings;

    public long Iterations { get; private set; }

    public double? Loss { get; private set; }

    public long Verdicts { get; private set; }

    /// <summary>Its result; null while it has none.</summary>
    public RunResult? Result { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>Time spent on committed iterations.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>The finished part, 0 to 1.</summary>
    public double Share => settings.Training.Iterations > 0 ? (double)Iterations / settings.Training.Iterations : Result is null ? 0 : 1;

    /// <summary>Seconds of work per training token so far; null before the first iteration.</summary>
    public double? SecondsPerToken =>
        Iterations > 0 && Elapsed > TimeSpan.Zero ? Elapsed.TotalSeconds / (Iterations * settings.TokensPerIteration) : null;

    public void Begin() => IsRunning = true;

    /// <summary>Counts iterations that were done earlier.</summary>
    public void GoOn(long iterations, long verdicts, TimeSpan trained)
    {
        Iterations = iterations;
        Verdicts = verdicts;
        Elapsed = trained;
    }

    public void Note(IterationCommitted committed)
    {
        Iterations = committed.Iteration + 1;
        Loss = committed.Loss;
        Verdicts += committed.Verdicts.Length;
        Elapsed = committed.Elapsed;
    }

    public void End(RunResult result)
    {
        Result = result;
        IsRunning = false;
        if (Iterations > 0 || result.Iterations == 0)
            return;

        // Done earlier, so there were no events.
        Iterations = result.Iterations;
        Loss = result.Losses.Count > 0 ? result.Losses[^1].Loss : null;
    }
}
