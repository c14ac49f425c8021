using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Results;

/// <summary>
/// Which clean run each run of an experiment is compared with: the one with no attack and no comparisons that otherwise differs from it
/// only in name, attack and defence. Among several it is the one called <c>clean</c>, else the one without copies, else the
/// first. A run without such a counterpart is compared with the run called <c>clean</c>, if there is one.
/// </summary>
internal sealed class CleanRuns
{
    /// <summary>The name that makes a run the clean one.</summary>
    public const string Name = "clean";

    private static readonly RunSettings Default = new();
    private readonly Dictionary<RunSettings, string> _cleanOf = [];
    private readonly string? _named;

    /// <summary>Finds the clean run of each of an experiment's runs.</summary>
    public CleanRuns(IReadOnlyList<RunSettings> runs)
    {
        _named = runs.FirstOrDefault(r => r.Name == Name)?.Name;
        foreach (var alike in runs.GroupBy(Group).Where(g => g.Count() > 1))
        {
            var clean = alike.Where(r => !r.Attack.HasEntries && !r.Defence.Checks)
                .OrderBy(r => r.Name != Name).ThenBy(r => r.Defence.Copies != CopyPlacement.None).FirstOrDefault();
            if (clean is not null)
                _cleanOf[alike.Key] = clean.Name;
        }
    }

    /// <summary>A run's settings without name, attack and defence: equal for runs that can be compared with each other.</summary>
    public static RunSettings Group(RunSettings run) => run with
    {
        Name = Default.Name,
        Attack = Default.Attack,
        Defence = Default.Defence,
        Checkpoint = Default.Checkpoint,
        Output = Default.Output,
        Effective = Default.Effective,
    };

    /// <summary>The name of the run that this one is compared with; null where there is none.</summary>
    public string? Of(RunSettings run) => _cleanOf.GetValueOrDefault(Group(run)) ?? _named;
}
