using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>Whether a case's weights, losses and evaluations equal those of a plain loop without actors.</summary>
internal static class WeightsOracle
{
    /// <summary>The first violation; null where there is none.</summary>
    public static string? Violation(CampaignCase one, CaseRun run)
    {
        if (RepeatedWindow(one) is { } repeated) return repeated;
        var (plan, data) = (one.Plan, one.Data);
        using var loop = new PlainLoop(
            plan.Model, one.Weights, plan.Training.Optimizer, plan.LearningRate, plan.Training.ClipNorm, data.Training, plan.MicroBatches);
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
        return run.Events.OfType<IterationCommitted>().Where(c => Counts(one, run, c, other => other.Iteration == c.Iteration))
            .FirstOrDefault(c => c.Loss != losses[(int)c.Iteration]) is { } other
            ? $"iteration {other.Iteration}: loss {other.Loss:R}, expected {losses[(int)other.Iteration]:R}"
            : Evaluations(one, run, evaluations);
    }

    // Each evaluation that is due is reported, with the plain loop's loss.
    private static string? Evaluations(CampaignCase one, CaseRun run, Dictionary<long, double> due)
    {
        var reported = run.Events.OfType<Evaluated>().Where(e => Counts(one, run, e, other => other.Iteration == e.Iteration))
            .ToLookup(e => e.Iteration, e => e.Loss);
        if (due.Keys.FirstOrDefault(version => !reported.Contains(version), -1) is >= 0 and var absent)
            return $"the evaluation of version {absent} was not reported";
        return reported.FirstOrDefault(e => e.Any(loss => loss != due.GetValueOrDefault(e.Key))) is { } other
            ? $"version {other.Key}: evaluation loss {string.Join(", ", other)}, expected {due.GetValueOrDefault(other.Key):R}" : null;
    }

    // What colluders have made of an iteration counts no more when it was worked again.
    private static bool Counts<T>(CampaignCase one, CaseRun run, T reported, Func<T, bool> isOfTheSame)
        where T : RunEvent => !one.HasColluders || ReferenceEquals(run.Events.OfType<T>().Last(isOfTheSame), reported);

    // As CaseWatch checks that each micro-batch is stepped once, no sample is used twice in an epoch.
    private static string? RepeatedWindow(CampaignCase one)
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
