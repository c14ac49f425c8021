using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>A recovery: when training stopped, and when it resumed.</summary>
/// <param name="At">When the server learned of the failure, in virtual time; detection time is not included.</param>
/// <param name="Reason">Everything that failed, or what moved.</param>
/// <param name="IsMove">Whether nothing failed: stages moved because machines joined or were about to leave.</param>
/// <param name="Took">The time from <paramref name="At"/> until every block had its holders again.</param>
/// <param name="FellBackTo">The version that it resumed from, if lower than before; otherwise null.</param>
public sealed record Recovery(TimeSpan At, string Reason, bool IsMove, TimeSpan Took, long? FellBackTo = null);

/// <summary>Records when versions are reached, and the recoveries in between.</summary>
internal sealed class TimelineRecorder : IRunObserver
{
    private const string BeganAgain = "another server began, and not every block had a holder left";

    private readonly List<TimeSpan> _reached = [];
    private long _version;
    private Func<TimeSpan> _now = () => TimeSpan.Zero;

    /// <summary>When each version was reached for the first time.</summary>
    public IReadOnlyList<TimeSpan> Reached => _reached;

    /// <summary>What all stages computed from the first version to the last that was reached.</summary>
    public TimeSpan Computed { get; private set; }

    /// <summary>Adds up what stages compute.</summary>
    public WorkMeter Meter { get; } = new();

    /// <summary>What failed or moved, and how long the run took to resume.</summary>
    public List<Recovery> Recoveries { get; } = [];

    /// <summary>Why checkpoints could not be written or read; each reason once.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Virtual time.</summary>
    public TimeSpan Now => _now();

    /// <summary>Starts recording, with the virtual clock.</summary>
    public void Begin(Func<TimeSpan> now) => _now = now;

    /// <inheritdoc/>
    public void Observe(RunEvent occurrence)
    {
        switch (occurrence)
        {
            case RunStarted when _reached.Count == 0: _reached.Add(_now()); break;
            case RunStarted again: Resume(BeganAgain, false, again.Took, 0); break;
            case IterationCommitted commit:
                _version = Math.Max(_version, commit.Iteration + 1);
                if (_version == _reached.Count) Reach();
                break;
            case CheckpointWritten { Error: { } error }: Errors.Add(error); break;
            case RecoveryEnded ended: Resume(ended.Reason, ended.IsMove, ended.Took, ended.Version); break;
        }
    }

    private void Reach()
    {
        _reached.Add(_now());
        Computed = Meter.Until(_now());
    }

    private void Resume(string reason, bool isMove, TimeSpan took, long version)
    {
        Recoveries.Add(new(_now() - took, reason, isMove, took, version < _version ? version : null));
        _version = version;
    }
}
