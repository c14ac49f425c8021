using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Experiments.Cost;

/// <summary>
/// How long this machine takes for a floating-point operation of a run's own kind: measured on iterations of its shape,
/// by a plain loop on one thread, for a moment. It includes neither messages between stages nor other
/// load on the machine: where operations are very small, the real time is several times as long.
/// </summary>
public static class Pace
{
    private const long ParametersMax = 40_000_000;
    private const double OperationsMax = 5e10;
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Seconds that all of these runs may take. Null where no run has a model small enough for a short trial; the pace of
    /// the first run shows it then.
    /// </summary>
    public static TimeSpan? Expected(IReadOnlyCollection<PreparedRun> runs, TimeProvider clock, int cores)
    {
        if (runs.Count == 0)
            return TimeSpan.Zero;

        var seconds = 0.0;
        foreach (var alike in runs.GroupBy(r => (r.Settings.Model, r.Settings.Training.MicroBatchSize, r.Settings.Training.SequenceLength)))
        {
            if (Measured(alike.First(), clock) is not { } pace)
                return null;

            seconds += pace * alike.Sum(r => RunWork.Of(r, cores).All);
        }

        return TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2));
    }

    /// <summary>Seconds for an operation of a run's kind; null where its model is too large to be tried out.</summary>
    public static double? Measured(PreparedRun run, TimeProvider clock)
    {
        var training = run.Settings.Training;
        var operations = RunWork.ForwardAndBackward * Cut.ForwardFlopsPerToken(run.Model, BlockRange.Whole(run.Model), training.SequenceLength)
            * training.MicroBatchSize * training.SequenceLength;
        if (Cut.Parameters(run.Model) > ParametersMax || operations > OperationsMax)
            return null;

        // On a thread of its own: libtorch keeps the number of threads for each.
        var microBatches = (int)Math.Clamp(OperationsMax / operations, 1, training.MicroBatches);
        double? pace = null;
        var (plan, data) = (RunParts.Plan(run), RunParts.DataOfItsSize(run));
        var trial = new Thread(() => pace = Tried(() => Seconds(plan, data, microBatches, clock) / (operations * microBatches)));
        trial.Start();
        trial.Join();
        return pace;
    }

    /// <summary>A failed trial is ignored: the run itself reports the error.</summary>
    private static double? Tried(Func<double> trial)
    {
        try
        {
            return trial();
        }
        catch (Exception e) when (e is OutOfMemoryException or System.Runtime.InteropServices.ExternalException)
        {
            return null;
        }
    }

    private static double Seconds(RunPlan plan, RunData data, int microBatches, TimeProvider clock)
    {
        set_num_threads(1);
        using var loop = new PlainLoop(
            plan.Model, new SeededWeights(plan.Model, plan.Seed), plan.Training.Optimizer, plan.LearningRate, plan.Training.ClipNorm,
            data.Training, microBatches);
        loop.Train(0);
        var (begun, iterations) = (clock.GetTimestamp(), 0);
        do
        {
            loop.Train(0);
            iterations++;
        }
        while (clock.GetElapsedTime(begun) is var elapsed && elapsed > TimeSpan.Zero && elapsed < Long);
        return clock.GetElapsedTime(begun).TotalSeconds / iterations;
    }
}
