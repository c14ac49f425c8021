using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>An experiment's results, invented.</summary>
internal static class Results
{
    public const string Text =
        """
        seed = 7
        training { iterations = 4, micro-batches = 2, sequence-length = 8 }
        runs = [
          { name = clean }
          { name = undefended, attack.forward = { kind = sign-flip, rate = 0.7 } }
          { name = substitute, attack.forward = { kind = sign-flip, rate = 0.7 }, defence.remedy = substitute }
          { name = skip, attack.backward = [{ kind = gaussian, rate = 0.7, stage = 1 }], defence.remedy = skip }
          { name = gives-up, defence.remedy = restart }
          { name = late }
        ]
        """;

    public static ExperimentResult Experiment(ExperimentFiles files)
    {
        var settings = files.Read(Text);
        var clean = new string('a', 64);
        RunResult Done(int index, double loss, string weights) => new()
        {
            Settings = settings.Runs[index],
            Status = RunStatus.Done,
            Iterations = 4,
            Attempts = 4,
            EvaluationLoss = loss,
            TrainingTime = TimeSpan.FromSeconds(2),
            WeightsSha256 = weights,
            StateSha256 = new string('c', 64),
            ModelFolder = ExperimentFolder.ModelOf(settings.Runs[index].Name),
            Losses = [.. Enumerable.Range(1, 4).Select(i => new LossPoint(i, loss + 1.0 / i))],
        };
        RunResult[] runs =
        [
            Done(0, 2, clean),
            Done(1, 3, new string('b', 64)) with { Tally = new VerdictTally(3, 0, 0) },
            Done(2, 2, clean) with { Tally = new VerdictTally(3, 3, 0) },
            Done(3, 2.5, new string('d', 64)) with { Tally = new VerdictTally(3, 2, 1), Skipped = 5, Frozen = 7 },
            new() { Settings = settings.Runs[4], Status = RunStatus.Failed, Reason = "gave up <after> 50 attempts" },
            RunResult.NotBegun(settings.Runs[5], RunStatus.Interrupted, "not begun: the experiment was interrupted"),
        ];
        return new ExperimentResult(settings, "run a.conf --seed 7", DateTimeOffset.UnixEpoch, runs);
    }
}
