using System.Globalization;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>The extent of a run, as far as it is known beforehand.</summary>
/// <param name="Stages">Its stages.</param>
/// <param name="Iterations">Its iterations.</param>
/// <param name="MicroBatches">Micro-batches of each.</param>
/// <param name="Nodes">The number of nodes at the beginning, called node-1 and so on; null where they have other names.</param>
/// <param name="Of">Which run it is, for errors.</param>
/// <param name="HasHearings">Whether it has a referee.</param>
/// <param name="Time">Virtual time after which it is stuck; null where time is real.</param>
internal sealed record RunExtent(int Stages, long Iterations, int MicroBatches, int? Nodes, string Of, bool HasHearings, TimeSpan? Time = null);

/// <summary>Compares a scenario with a run, so that an event that can never occur is refused before anything is simulated.</summary>
internal static class ScenarioFit
{
    /// <exception cref="BadInputException">An event can never occur; its origin, what was expected and what was found are named.</exception>
    public static void ThrowIfNever(Scenario scenario, RunExtent run)
    {
        foreach (var failure in scenario.Failures)
        {
            if (Never(failure, run, NodesMost(scenario, run, failure)) is var (word, expected, found))
                throw new BadInputException($"{scenario.Origin(failure)}: {word}: expected {expected} ({run.Of}), found {found}");
        }
    }

    private static (string Word, string Expected, string Found)? Never(Failure failure, RunExtent run, int? nodes)
    {
        var kind = failure.Word;
        return failure switch
        {
            { Target: { Kind: TargetKind.Stage } target } when target.Stage >= run.Stages =>
                (kind, $"a stage from 0 to {run.Stages - 1}", $"{target}"),
            { Target: { Kind: TargetKind.Node } target } when nodes is { } most && !IsOneOf(target.Node, most) =>
                (kind, $"a node from node-1 to node-{most}, those among them that can have come by then", $"{target}"),
            { At: { } at } when at.Iteration >= run.Iterations =>
                (ScenarioEvent.At, $"an iteration from 0 to below {run.Iterations}", $"iteration {at.Iteration}"),
            { At: { Phase: IterationPhase.Hearing } at } when !run.HasHearings =>
                (ScenarioEvent.At, "a run with hearings (defence.remedy = referee)", $"iteration {at.Iteration}, hearing"),
            { At.MicroBatch: { } microBatch } when microBatch >= run.MicroBatches =>
                (ScenarioEvent.At, $"a micro-batch from 0 to {run.MicroBatches - 1}", $"micro-batch {microBatch}"),
            _ when failure.ImpossibleWith(run.Stages) is { } expected => (kind, expected, $"{failure.Target}"),
            { After: { } after, Trace: null } when after > run.Time =>
                (ScenarioEvent.At, $"a time up to {run.Time.Value.TotalHours:0}h, after which a run is stuck", $"{after.TotalHours:0.###}h"),
            _ => null,
        };
    }

    // Nodes that join, or return after being given up, get the next numbers; events at a rate set no limit to these.
    private static int? NodesMost(Scenario scenario, RunExtent run, Failure failure)
    {
        var newcomers = scenario.Failures.Where(one => one.BringsMachine).ToList();
        return scenario.Machines.Count > 0 || newcomers.Exists(one => one.Every is not null) ? null
            : run.Nodes + newcomers.Count(one => MayComeBefore(one, failure));
    }

    // An event at a time waits for its target, and it is not known in which iteration a time falls.
    private static bool MayComeBefore(Failure newcomer, Failure failure) => !(newcomer.At?.Iteration > failure.At?.Iteration);

    private static bool IsOneOf(string node, int most) =>
        int.Parse(node.AsSpan(node.IndexOf('-') + 1), CultureInfo.InvariantCulture) is var number && number >= 1 && number <= most && node == $"node-{number}";
}
