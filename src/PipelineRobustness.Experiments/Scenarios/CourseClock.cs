using System.Collections.Immutable;
using PipelineRobustness.Adversity;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>Work stopped, and went on.</summary>
/// <param name="At">When the server knew that it had to, in virtual time: what nobody had noticed before is not in it.</param>
/// <param name="Reason">What broke, all of it; or what moved.</param>
/// <param name="IsMove">Whether nothing broke: stages moved as machines came, or were about to go.</param>
/// <param name="Took">From then on until every block had its holders again.</param>
public sealed record Recovery(TimeSpan At, string Reason, bool IsMove, TimeSpan Took);

/// <summary>Notes when versions are reached, what broke meanwhile, and who worked.</summary>
internal sealed class CourseClock : IRunObserver
{
    private const string BeganAnew = "another server began, and not every block had a holder left";

    private readonly List<TimeSpan> _reached = [];
    private readonly List<(TimeSpan Since, ImmutableArray<NodeId> Placement)> _placed = [];
    private Func<TimeSpan> _now = () => TimeSpan.Zero;

    /// <summary>When each version was reached for the first time.</summary>
    public IReadOnlyList<TimeSpan> Reached => _reached;

    /// <summary>What stages compute, to be plugged in.</summary>
    public WorkMeter Meter { get; } = new();

    /// <summary>What broke or moved, and how long it took until the run went on.</summary>
    public List<Recovery> Recoveries { get; } = [];

    /// <summary>Why checkpoints could not be written, or not be read, once for each.</summary>
    public List<string> Troubles { get; } = [];

    /// <summary>Virtual time.</summary>
    public TimeSpan Now => _now();

    /// <summary>The clock to go by.</summary>
    public void Begin(Func<TimeSpan> now) => _now = now;

    /// <summary>Whether a machine worked a stage at a time.</summary>
    public bool Works(string machine, TimeSpan at) =>
        _placed.LastOrDefault(placed => placed.Since <= at).Placement is { IsDefault: false } placement && placement.Any(node => node.Name == machine);

    /// <inheritdoc/>
    public void Observe(RunEvent occurrence)
    {
        if (occurrence is RunStarted { Placement: var first }) _placed.Add((_now(), first));
        if (occurrence is RecoveryEnded { Placement: var other }) _placed.Add((_now(), other));
        switch (occurrence)
        {
            case RunStarted when _reached.Count == 0: _reached.Add(_now()); break;
            case RunStarted again: Recoveries.Add(new(_now() - again.Took, BeganAnew, false, again.Took)); break;
            case IterationCommitted commit when commit.Iteration == _reached.Count - 1: _reached.Add(_now()); break;
            case CheckpointWritten { Trouble: { } trouble }: Troubles.Add(trouble); break;
            case RecoveryEnded ended: Recoveries.Add(new(_now() - ended.Took, ended.Reason, ended.IsMove, ended.Took)); break;
        }
    }
}
