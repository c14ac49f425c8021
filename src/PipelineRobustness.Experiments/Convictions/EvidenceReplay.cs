using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Convictions;

/// <summary>
/// Holds evidence against a plain loop without stages, from version 0 or from a checkpoint: then the state that a conviction begins with,
/// and its tokens, are not the server's word.
/// </summary>
/// <param name="check">The evidence.</param>
/// <param name="experiment">The experiment, with its texts.</param>
/// <param name="folder">The output folder with the checkpoints to begin from; null to begin from version 0.</param>
public sealed class EvidenceReplay(EvidenceCheck check, PreparedExperiment experiment, ExperimentFolder? folder)
{
    private EvidenceContent Content => check.File.Content;

    /// <summary>What does not hold; null for nothing.</summary>
    /// <exception cref="BadInputException">The experiment has no such run, or one that cannot be replayed.</exception>
    public EvidenceResult? Fault()
    {
        var run = experiment.Runs.FirstOrDefault(run => run.Settings.Name == Content.Run)
            ?? throw new BadInputException($"--replay: expected a file with run {Content.Run}, found none of that name");
        if (run.Settings.From is { } from)
            throw new BadInputException($"--replay: expected a run that begins with its own weights, found one that continues {from}");
        if (RunIdentity.Of(experiment, run) is var identity && identity != Content.Identity)
            return EvidenceResult.Fails($"run {Content.Run} of identity {Content.Identity}", $"settings and inputs of identity {identity}");
        var plan = RunParts.Plan(run);
        if (!Content.Numbers.IsLike(NumericPlan.Of(plan))) return EvidenceResult.Fails("model, cut, batches, optimizer and threads of the run", "others");
        if (Content.Commit.Version > plan.Iterations) return EvidenceResult.Fails($"at most {plan.Iterations} iterations", $"{Content.Commit.Version}");
        // Evidence of a relay was verified without computing.
        return check.FaultOfMachine() ?? Replayed(run);
    }

    private EvidenceResult? Replayed(PreparedRun run)
    {
        var (plan, data) = (RunParts.Plan(run), RunParts.Data(run, windowsUsed: 0));
        var weights = RunParts.Weights(run, parentFolder: null);
        try
        {
            using var loop = new PlainLoop(
                run.Model, weights, plan.Training.Optimizer, plan.LearningRate, plan.Training.ClipNorm, data.Training, plan.MicroBatches,
                plan.Training.Clip == ClipScope.PerStage ? Cut.Balanced(run.Model, plan.Stages) : null, plan.SteppedBlocks);
            for (var iteration = Restore(loop, run); iteration < Content.Commit.Version; iteration++) loop.Train(iteration);
            using (var state = loop.Capture())
            {
                if ((BlockDigests.Fault(Content, state, "a plain loop") ?? check.FaultOfTokens(data.Training)) is { } fault) return fault;
            }

            return Content.Hearing?.Dispute is { Value: DisputedValue.Step, Block: var block } ? FaultOfStep(loop, block) : null;
        }
        finally
        {
            (weights as IDisposable)?.Dispose();
        }
    }

    // The nearest checkpoint at or before the version.
    private long Restore(PlainLoop loop, PreparedRun run)
    {
        if (folder is null) return 0;
        var store = RunCheckpoints.Open(Content.Run, Content.Identity, folder);
        var nearest = store.Whole(Content.Run, _ => { }).FirstOrDefault(one => one.Version <= Content.Commit.Version);
        if (nearest is null) return 0;
        using var state = store.Read(nearest, BlockRange.Whole(run.Model), run.Model);
        loop.Trainer.Restore(state);
        return nearest.Version;
    }

    private EvidenceResult? FaultOfStep(PlainLoop loop, int block)
    {
        if (Content.Grounds is not Grounds.Recomputed { Result: var stated }) return null;
        loop.Train(Content.Commit.Version);
        using var after = loop.Capture();
        var stepped = Claim.OfState(BlockDigests.Of(Content.Numbers, after, block));
        return stepped == stated ? null : EvidenceResult.Fails($"block {block} after the step as in a plain loop, {stepped}", $"{stated}");
    }
}
