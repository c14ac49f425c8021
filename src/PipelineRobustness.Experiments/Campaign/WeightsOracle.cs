using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>What numbers a case must end with and tell on its way: those of a plain loop without actors.</summary>
internal static class WeightsOracle
{
    /// <summary>What is not so; null where all is.</summary>
    public static string? Untrue(CampaignCase one, CaseRun run)
    {
        if (Windows(one) is { } twice) return twice;
        var (plan, data) = (one.Plan, one.Data);
        using var loop = new PlainLoop(plan.Model, one.Weights, plan.Training.Optimizer, plan.LearningRate, plan.Training.ClipNorm, data.Training, plan.MicroBatches);
        var losses = new List<double>();
        var evaluations = new Dictionary<long, double>();
        for (var iteration = 0L; iteration < plan.Iterations; iteration++)
        {
            losses.Add(loop.Train(iteration));
            var version = iteration + 1;
            if (version == plan.Iterations || (plan.Evaluation.Every > 0 && version % plan.Evaluation.Every == 0))
                evaluations[version] = loop.Evaluate(data.Evaluation);
        }

        using var state = loop.Capture();
        if (Fingerprint.State(state.Parameters, plan.Iterations) != run.State) return "other weights or moments than the undisturbed run's";
        if (run.Loss != evaluations[plan.Iterations]) return $"evaluation loss {run.Loss:R}, expected {evaluations[plan.Iterations]:R}";
        return run.Events.OfType<IterationCommitted>().FirstOrDefault(c => c.Loss != losses[(int)c.Iteration]) is { } other
            ? $"iteration {other.Iteration}: loss {other.Loss:R}, expected {losses[(int)other.Iteration]:R}"
            : Evaluations(run, evaluations);
    }

    // Each that is due is told, and what is told is what a plain loop finds.
    private static string? Evaluations(CaseRun run, Dictionary<long, double> due)
    {
        var told = run.Events.OfType<Evaluated>().ToLookup(e => e.Iteration, e => e.Loss);
        if (due.Keys.FirstOrDefault(version => !told.Contains(version), -1) is >= 0 and var absent) return $"the evaluation of version {absent} was never told";
        return told.FirstOrDefault(e => e.Any(loss => loss != due.GetValueOrDefault(e.Key))) is { } other
            ? $"version {other.Key}: evaluation loss {string.Join(", ", other)}, expected {due.GetValueOrDefault(other.Key):R}" : null;
    }

    // Together with each micro-batch being stepped by once (CaseWatch): no sample is used twice in an epoch.
    private static string? Windows(CampaignCase one)
    {
        var windows = one.Data.Training;
        var used = new HashSet<(long Epoch, int Window)>();
        for (var iteration = 0L; iteration < one.Plan.Iterations; iteration++)
        {
            for (var microBatch = 0; microBatch < one.Plan.MicroBatches; microBatch++)
            {
                foreach (var window in windows.WindowsOf(iteration, microBatch))
                    if (!used.Add((iteration / windows.IterationsPerEpoch, window))) return $"window {window} is used again in iteration {iteration}";
            }
        }

        return null;
    }
}
