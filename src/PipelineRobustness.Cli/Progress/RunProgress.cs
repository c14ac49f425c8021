using PipelineRobustness.Experiments;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Cli;

/// <summary>How far one run has come.</summary>
internal sealed class RunProgress(RunSettings settings)
{
    private TimeSpan _elapsed;

    public RunSettings Settings => settings;

    public long Iterations { get; private set; }

    public double? Loss { get; private set; }

    public long Verdicts { get; private set; }

    /// <summary>What came of it; null as long as it has not ended.</summary>
    public RunResult? Result { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>Iterations still to come.</summary>
    public long Left => Result is null ? settings.Training.Iterations - Iterations : 0;

    /// <summary>The part that is done, 0 to 1.</summary>
    public double Share => (double)Iterations / settings.Training.Iterations;

    /// <summary>Seconds of work per training token so far; null before the first iteration.</summary>
    public double? SecondsPerToken =>
        Iterations > 0 && _elapsed > TimeSpan.Zero ? _elapsed.TotalSeconds / (Iterations * settings.TokensPerIteration) : null;

    public void Begin() => IsRunning = true;

    public void Note(IterationCommitted committed)
    {
        Iterations = committed.Iteration + 1;
        Loss = committed.Loss;
        Verdicts += committed.Verdicts.Count;
        _elapsed = committed.Elapsed;
    }

    public void End(RunResult result)
    {
        Result = result;
        IsRunning = false;
    }
}
