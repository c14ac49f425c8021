using System.Globalization;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Watches for numbers that are not finite. The first is reported; where the plan says so, it ends the run with the weights of the
/// version before it. A server that takes over begins without memory, and finds them again.
/// </summary>
internal sealed class FiniteWatch(RunRules rules, Outbox outbox)
{
    // Never back to false.
    private bool _reported;

    // The version with which the run is to end, whatever breaks until then, and why; it only falls.
    private (long Version, string Reason)? _last;

    /// <summary>What is not finite in an accepted pass, before it is committed: its loss, or the gradient of a block to be stepped.</summary>
    public static NumberNotFinite? Of(Training pass)
    {
        var (iteration, reports) = (pass.Iteration, pass.Pass.Prepared);
        if (reports.FirstOrDefault(report => report.Loss is { } loss && !double.IsFinite(loss)) is { } last)
            return new NumberNotFinite(iteration.Iteration, last.Stage, NotFinitePart.Loss, Text(last.Loss!.Value));
        // Gradients come from behind: the last stage among several is the first at which it happened.
        var norms = reports.Where(report => !iteration.Frozen.Contains(report.Own.Block)).OrderByDescending(report => report.Stage)
            .Select(report => (report.Stage, Sum: report.Own.SquaredNorms.Sum()));
        return norms.FirstOrDefault(norm => !double.IsFinite(norm.Sum)) is { Sum: not 0 } found
            ? new NumberNotFinite(iteration.Iteration, found.Stage, NotFinitePart.GradientNorm, Text(Math.Sqrt(found.Sum))) : null;
    }

    /// <summary>Reports what was found, if it is the first.</summary>
    /// <returns>How the run ends by it; null where it continues.</returns>
    public Ending? End(NumberNotFinite? found)
    {
        if (found is null) return null;
        if (!_reported) outbox.Report(found);
        _reported = true;
        return rules.Plan.StopsWhenNotFinite ? EndingFor(found.Text) : null;
    }

    /// <summary>A version was stepped to, and is not finite: all stages go back, and the run ends at the version before.</summary>
    public Transition GoBack(long version, string reason)
    {
        _last = (version, reason);
        return new Transition.Recover(reason) { Doubted = [.. rules.AllStages], GoesBack = true };
    }

    /// <summary>Reports what was found in an evaluation, which is not repeated if something breaks before the run has ended.</summary>
    /// <returns>How the run ends by it; null where it continues.</returns>
    public Ending? End(Evaluated evaluation)
    {
        var found = Of(evaluation, rules.Plan.Stages - 1);
        if (End(found) is not { } ending) return null;
        _last = (evaluation.Iteration, found!.Text);
        return ending;
    }

    /// <summary>How the run ends at a version, if it does.</summary>
    public Ending? EndAt(long version) => _last is { } last && version >= last.Version ? EndingFor(last.Reason) : null;

    private static NumberNotFinite? Of(Evaluated evaluation, int lastStage) => double.IsFinite(evaluation.Loss) ? null
        : new NumberNotFinite(evaluation.Iteration, lastStage, NotFinitePart.EvaluationLoss, Text(evaluation.Loss));

    private static Ending EndingFor(string reason) =>
        new(RunStatus.Failed, $"{reason} (training.stop-when-not-finite)") { MustBeFinite = true };

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
