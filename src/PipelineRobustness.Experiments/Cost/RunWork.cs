using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Cost;

/// <summary>
/// What a run costs, by arithmetic: floating-point operations on its longest path, which is what is left of all of them
/// where stages compute in parallel. Good for comparing runs; a measured <see cref="Pace"/> converts it to seconds.
/// </summary>
/// <param name="Training">Of all iterations.</param>
/// <param name="Evaluation">Of all evaluations.</param>
public readonly record struct RunWork(double Training, double Evaluation)
{
    /// <summary>Backward computes two products for each of forward's.</summary>
    internal const int ForwardAndBackward = 3;

    /// <summary>All of it.</summary>
    public double All => Training + Evaluation;

    /// <summary>The work of a run on so many cores.</summary>
    public static RunWork Of(PreparedRun run, int cores)
    {
        var (settings, training) = (run.Settings, run.Settings.Training);
        var forward = Cut.ForwardFlopsPerToken(run.Model, BlockRange.Whole(run.Model), training.SequenceLength);
        var perIteration = ForwardAndBackward * forward * settings.TokensPerIteration * (1 + CopiedShare(run)) * ExpectedPasses(settings);
        var windows = RunParts.DataOfItsSize(run).Evaluation;
        var every = settings.Evaluation.Every;
        var evaluations = 1 + (every > 0 ? Math.Max(training.Iterations - 1, 0) / every : 0);
        return new RunWork(
            training.Iterations * perIteration / Parallel(settings, training.MicroBatches, cores),
            evaluations * forward * windows.TargetCount / Parallel(settings, windows.MicroBatches, cores));
    }

    /// <summary>How many passes an iteration takes, on average.</summary>
    public static double ExpectedPasses(RunSettings run)
    {
        var clean = run.Attack.All.Aggregate(1.0, (share, attack) => share * (1 - attack.Rate));
        return run.Defence.Rule.ExpectedPasses(clean, run.Defence.Attempts);
    }

    /// <summary>What copies add, relative to the model itself.</summary>
    private static double CopiedShare(PreparedRun run)
    {
        var (stages, time) = (run.Settings.Pipeline.Stages, run.Settings.Training.SequenceLength);
        var plan = new PassPlan(stages, run.Settings.Defence.Copies, []);
        var blocks = Cut.Balanced(run.Model, stages);
        var copied = Enumerable.Range(0, stages).Select(plan.CopyComputedBy).OfType<int>()
            .Sum(block => Cut.ForwardFlopsPerToken(run.Model, blocks[block], time));
        return copied / Cut.ForwardFlopsPerToken(run.Model, BlockRange.Whole(run.Model), time);
    }

    /// <summary>How many stages compute at a time, on average: at most as many as the schedule keeps busy, or as there are cores.</summary>
    private static double Parallel(RunSettings run, int microBatches, int cores)
    {
        var busy = run.Pipeline.Stages * (1 - run.Pipeline.Schedule.BubbleFraction(run.Pipeline.Stages, Math.Max(microBatches, 1)));
        return Math.Max(1, Math.Min(busy, (double)cores / run.Pipeline.IntraOpThreads));
    }
}
