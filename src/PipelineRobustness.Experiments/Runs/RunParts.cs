using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Checkpoints;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>Trains one run through a pipeline: on this machine, on a cluster, or a test's stand-in.</summary>
public delegate Task<RunOutcome> Launch(RunSpec run, IRunObserver observer, CancellationToken interrupt);

/// <summary>What the pipeline needs to train a run of an experiment.</summary>
public static class RunParts
{
    /// <summary>Opens the store of a run's checkpoints: a folder, written to on a thread of its own.</summary>
    public static IStore Store(string folder, RunSettings run, Action ask)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new BackgroundStore(new CheckpointStore(folder, run.Checkpoint.Keep, ask));
    }

    /// <summary>The plan of a run.</summary>
    public static RunPlan Plan(PreparedRun run)
    {
        var settings = run.Settings;
        return new RunPlan
        {
            Name = settings.Name,
            Seed = settings.Seed,
            Model = run.Model,
            Numerics = settings.Model.Numerics,
            Pipeline = settings.Pipeline,
            Training = settings.Training with { StopWhenNotFinite = settings.Training.StopWhenNotFinite ?? !settings.Attack.Any },
            Evaluation = settings.Evaluation,
            Defence = settings.Defence,
            Recovery = settings.Recovery,
            // What an attacker remembers is in no checkpoint: such a run begins again.
            Checkpoint = settings.Attack.Remembers ? settings.Checkpoint with { Every = 0 } : settings.Checkpoint,
            LosesMessages = true,
            StageMemory = [.. StageCost.Of(settings, run.Model).Select(stage => stage.Memory)],
        };
    }

    /// <summary>The windows of a run; training skips the first <paramref name="windowsUsed"/> of its seed's order.</summary>
    public static RunData Data(PreparedRun run, long windowsUsed)
    {
        var (settings, training) = (run.Settings, run.Settings.Training);
        return new RunData(
            new TrainingWindows(
                run.Corpus.Train, training.SequenceLength, training.MicroBatches, training.MicroBatchSize, settings.Seed, windowsUsed),
            new EvaluationWindows(
                run.Corpus.Validation, training.SequenceLength, training.MicroBatchSize, settings.Evaluation.Windows));
    }

    /// <summary>
    /// A run's windows or, if its text was not read, as many empty ones: enough to estimate the work, except that an evaluation on the
    /// whole text then counts as one window.
    /// </summary>
    internal static RunData DataOfItsSize(PreparedRun run)
    {
        if (run.Text is not null)
            return Data(run, windowsUsed: 0);

        var (training, windows) = (run.Settings.Training, run.Settings.Evaluation.Windows);
        int[] Nothing(long count) => new int[count * training.SequenceLength + 1];
        return new RunData(
            new TrainingWindows(
                Nothing((long)training.MicroBatches * training.MicroBatchSize), training.SequenceLength, training.MicroBatches,
                training.MicroBatchSize, run.Settings.Seed),
            new EvaluationWindows(Nothing(Math.Max(windows, 1)), training.SequenceLength, training.MicroBatchSize, windows));
    }

    /// <summary>The attackers of a run.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="changes">What earlier runs changed in their weights; null where it is only asked who attacks when.</param>
    public static Adversary Adversary(RunSettings settings, IWeightChanges? changes = null)
    {
        var knowledge = new AttackerKnowledge(settings.Seed, settings.Pipeline.Stages)
        {
            Detector = settings.Defence.Inspecting,
            Audit = settings.Defence.Audit,
            ComparesStates = settings.Defence.Copies != CopyPlacement.None && !settings.Defence.Rule.OwnerStands,
            Changes = changes,
        };
        return new(knowledge, [.. settings.Attack.All], settings.Attack.Liars, settings.Training.Rates);
    }

    /// <summary>The weights a run starts with: its parent's, its model folder's, or drawn from its seed.</summary>
    /// <exception cref="BadInputException">The folder no longer holds the model.</exception>
    public static IWeightSource Weights(PreparedRun run, string? parentFolder) => run.Settings.Model.Numerics == Numerics.Shapes
        ? ZeroWeights.Instance
        : (parentFolder ?? run.ModelFolder) is { } folder
        ? HuggingFaceWeights.Open(folder, run.Model)
        : new SeededWeights(run.Model, run.Settings.Seed);
}
