using System.Globalization;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Report;

/// <summary>Describes a run in sentences.</summary>
internal sealed class RunSummary
{
    private readonly ExperimentResult _experiment;
    private readonly RunResult _run;
    private readonly List<string> _sentences = [];

    private RunSummary(ExperimentResult experiment, RunResult run)
    {
        _experiment = experiment;
        _run = run;
    }

    private RunSettings Settings => _run.Settings;

    /// <summary>The sentences of a run.</summary>
    public static string Of(ExperimentResult experiment, RunResult run)
    {
        var summary = new RunSummary(experiment, run);
        summary.Beginning();
        if (run.Iterations > 0)
        {
            summary.Attack();
            summary.Defence();
        }

        summary.End();
        summary.Memory();
        return string.Join(" ", summary._sentences);
    }

    private void Beginning()
    {
        var weights = Settings.From is { } parent
            ? $"the final weights of {parent}"
            : Settings.Model.Path ?? $"weights drawn from seed {Settings.Seed}";
        Say($"Started with {weights}; {_run.Iterations} of {Settings.Training.Iterations} iterations were committed "
            + $"over {Settings.Pipeline.Stages} stages.");
        if (Settings.Training.Blocks is { Count: > 0 } blocks)
            Say(blocks.Count == 1 ? $"Only block {blocks[0]} was stepped." : $"Only blocks {string.Join(", ", blocks)} were stepped.");
    }

    private void Attack()
    {
        var entries = Settings.Attack.All.ToLookup(attack => attack.Accuses);
        var attacks = entries[false].Select(attack => $"{attack.Kind} on {Where(attack)}").Concat(Settings.Attack.Liars.Select(Lie));
        Say(Settings.Attack.Any
            ? $"Attacks: {string.Join("; ", attacks)}. {Count(_run.Tally.Attacks, "attack")} took place."
            : "No stage attacked.");
        if (Settings.Attack.FalseAlarms)
            Say($"False accusations: {string.Join("; ", entries[true].Select(Accused))}.");
    }

    private void Defence()
    {
        if (!Settings.Defence.Checks)
        {
            Say(Settings.Attack.Any ? "Nothing was compared, so nothing was noticed."
                : Settings.Attack.FalseAlarms ? "Nothing was compared, so no stage was accused." : "Nothing was compared.");
            return;
        }

        if (_run.Refereed is { } refereed)
        {
            Rulings(refereed);
            return;
        }

        var tally = _run.Tally;
        if (tally.Attacks > 0)
        {
            Say(tally.Detected == tally.Attacks
                ? "Every attack was detected."
                : $"{tally.Detected} of them were detected, {tally.Attacks - tally.Detected} were not.");
        }

        Say(tally.FalseVerdicts == 0
            ? "No stage was falsely accused."
            : $"{Count(tally.FalseVerdicts, "verdict")} named a stage that had not attacked there.");
        Remedy();
        if (_run.Disagreements > 0)
        {
            Say($"{Count(_run.Disagreements, "attempt")} had to be repeated because original and copy of a block "
                + "reported different gradients.");
        }
    }

    private void Rulings(RefereeResult refereed)
    {
        var tally = refereed.Tally;
        if (tally.Attacks > 0)
        {
            Say(tally.Detected == tally.Attacks
                ? "Every attack was detected."
                : $"{tally.Detected} of them were detected, {tally.Averted} averted by another ruling, {tally.Missed} missed.");
        }

        Say(tally.FalseConvictions == 0
            ? "No honest stage was convicted."
            : $"{Count(tally.FalseConvictions, "conviction")} named a stage that had not attacked there.");
        if (refereed.Audits is { Parts: > 0 } or { Steps: > 0 })
        {
            var parts = Count(refereed.Audits.Parts, "micro-batch of a stage", "micro-batches of stages");
            Say($"Audited by lot: {parts}, {Count(refereed.Audits.Steps, "step")}.");
        }

        if (refereed.Findings is { All: > 0 } findings)
            Say($"Detectors' findings that were heard: {findings.All}, of which {Count(findings.False, "was", "were")} false.");

        if (tally.Relayed > 0) Say($"{Count(tally.Relayed, "disputed link")} {(tally.Relayed == 1 ? "was" : "were")} relayed.");
        if (refereed.Quarantined.Count > 0) Say($"Quarantined: {string.Join("; ", refereed.Quarantined)}.");
        Remedy();
    }

    private void Remedy()
    {
        var tally = new RemedyTally(_run.Iterations, _run.Attempts, _run.Repeats, _run.Skipped, _run.Frozen);
        if (Settings.Defence.Rule.Summary(tally) is { Length: > 0 } summary) Say(summary);
    }

    private void End()
    {
        if (_run.Status != RunStatus.Done)
        {
            var how = !_run.IsBegun ? "It was" : _run.Status == RunStatus.Failed ? "It failed:" : "It was interrupted:";
            Say(_run.Reason is null ? $"{how.TrimEnd(':')}." : $"{how} {_run.Reason}.");
        }

        if (_run.NotFinite is { } found && _run.Status == RunStatus.Done)
            Say($"A number was not finite, for the first time in {found.Text}.");

        if (_run.Diverged)
        {
            Say("The model diverged: its numbers are not finite.");
        }
        else if (_run.Perplexity is { } perplexity)
        {
            var ratio = _experiment.PerplexityRatio(_run) is { } times && !_experiment.IsClean(_run)
                ? $", {Measure.Of(times, 2)} times the clean run's" : "";
            Say($"Perplexity {Measure.Of(perplexity)}{ratio}.");
        }

        if (_experiment.EqualsClean(_run) == true)
        {
            Say("Its weights are the clean run's, bit for bit.");
        }
        else if (_experiment.EqualsClean(_run) == false && Settings.Defence.Rule.KeepsWeights && _experiment.DiffersByAttackOnly(_run))
        {
            Say("Its weights are not the clean run's, though under this remedy they should be: an attack went through.");
        }
    }

    private static string Where(Attack attack) =>
        string.Create(CultureInfo.InvariantCulture, $"the {What(attack)} of {Who(attack)}{(IsDrawn(attack) ? "," : "")} at rate {attack.Rate}");

    private static string Who(Attack attack) => !IsDrawn(attack) ? AttackSettings.InWords(attack.Stages)
        : attack.Any == 1 ? "a middle stage, drawn each time"
        : $"{attack.Any} middle stages, drawn each time";

    private static bool IsDrawn(Attack attack) => attack.Stages is [StageWord.Any];

    private static string Lie(Liar liar) =>
        string.Create(CultureInfo.InvariantCulture, $"{liar.Kind} by {AttackSettings.InWords(liar.Stage)} at rate {liar.Rate}");

    private static string Accused(Attack attack) => string.Create(
        CultureInfo.InvariantCulture,
        $"of {Who(attack)}, for its {What(attack)}, at rate {attack.Rate}");

    private static string What(Attack attack) => attack.Direction == Direction.Forward ? "activations" : "gradients";

    private void Memory()
    {
        if (_run is not { PeakMemory: { } peak, PlannedMemory: { } planned })
            return;

        static string Amount(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):#,0} MiB");
        var whose = _run.PeakIsOfRun ? "" : " (of the whole process until then)";
        Say($"Peak memory{whose}: {Amount(peak)} above the level before the model was loaded; the plan says {Amount(planned)}, "
            + "and the runtime's own share is extra.");
    }

    private void Say(string sentence) => _sentences.Add(sentence);

    private static string Count(long count, string one, string? many = null) => count == 1 ? $"1 {one}" : $"{count} {many ?? one + "s"}";
}
