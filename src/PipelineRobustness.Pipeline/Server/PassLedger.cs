using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>The reports of the current pass, and which stages still owe one.</summary>
internal sealed class PassLedger
{
    private readonly PassPlan _plan;
    private readonly IDetector? _detector;
    private readonly Dictionary<int, string> _forwardDone = [];
    private readonly Dictionary<int, Prepared> _prepared = [];
    private readonly Dictionary<(Direction, int), PassChecked> _checked = [];

    public PassLedger(PassPlan plan, PassKind kind, IDetector? detector, StatementLedger? statements)
    {
        Statements = statements;
        _plan = plan;
        _detector = detector;
        AtGate = kind == PassKind.Gated;
    }

    /// <summary>Whether the pass is judged after forward, and that has not happened yet.</summary>
    public bool AtGate { get; private set; }

    /// <summary>What stages state of the pass; null where no referee is asked.</summary>
    public StatementLedger? Statements { get; }

    /// <summary>What stages report of their sums.</summary>
    public IReadOnlyCollection<Prepared> Prepared => Statements is { } stated ? [.. _prepared.Values.Select(stated.Of)] : _prepared.Values;

    /// <summary>Verdicts so far, in the order (micro-batch, stage), forward first.</summary>
    public IReadOnlyList<Verdict> Verdicts =>
    [
        .. _checked.SelectMany(c => c.Value.Verdicts)
            .OrderBy(v => v.Direction).ThenBy(v => v.MicroBatch).ThenBy(v => v.NoticedBy),
    ];

    /// <summary>What stages' behaviour wanted kept, by stage. What is too long for a note is none.</summary>
    public IEnumerable<string> Notes => _forwardDone.OrderBy(f => f.Key).Select(f => f.Value)
        .Concat(_prepared.OrderBy(p => p.Key).Select(p => p.Value.Note)).Where(note => note.Length is > 0 and <= AttemptNote.LengthMost);

    /// <summary>The stages that have not yet reported everything that this part of the pass requires.</summary>
    public IEnumerable<int> OwingStages => _plan.Chain.Where(Owes);

    /// <summary>Whether a stage still owes a report.</summary>
    public bool Owes(int stage) => _plan.Works(stage) && !(AtGate ? _forwardDone.ContainsKey(stage) : _prepared.ContainsKey(stage));

    // Called at every report: the cheap count comes first, the exact check only if no report seems to be missing.
    public bool Complete => (AtGate ? _forwardDone.Count : _prepared.Count) >= _plan.Chain.Length && Owing() is null;

    public void OpenGate() => AtGate = false;

    /// <summary>A stage reports. Of each report the first counts, and of a stage that has a part in the pass.</summary>
    public void Note(ForwardDone done)
    {
        if (_plan.Works(done.Stage)) _forwardDone.TryAdd(done.Stage, done.Note);
    }

    /// <inheritdoc cref="Note(ForwardDone)"/>
    public void Note(Prepared prepared)
    {
        if (_plan.Works(prepared.Stage)) _prepared.TryAdd(prepared.Stage, prepared);
    }

    /// <inheritdoc cref="Note(ForwardDone)"/>
    public void Note(PassChecked check)
    {
        if (_plan.Works(check.Stage) && _plan.Checks(_detector, check.Direction, check.Stage)) _checked.TryAdd((check.Direction, check.Stage), check);
    }

    /// <summary>Who owes what, in words; null once the pass (or its forward part, at the gate) is complete.</summary>
    public string? Owing()
    {
        var late = OwingStages.ToArray();
        var what = AtGate ? "the end of the forward pass" : "the summed gradients";
        if (late.Length > 0) return $"{what} of {Stages(late)}";
        var unchecked_ = Unchecked(Direction.Forward).ToArray();
        if (unchecked_.Length == 0 && !AtGate) unchecked_ = [.. Unchecked(Direction.Backward)];
        return unchecked_.Length > 0 ? $"the verdicts of {Stages(unchecked_)}" : Statements?.Owing;
    }

    /// <summary>What each stage's detector remembers once the pass is committed; empty where no detector remembers anything.</summary>
    /// <param name="committed">At the commit before.</param>
    /// <param name="stages">Number of stages.</param>
    public ImmutableArray<DetectorState> Detectors(ImmutableArray<DetectorState> committed, int stages)
    {
        if (committed.IsEmpty && _checked.Values.All(check => check.State.IsEmpty)) return committed;
        DetectorState[] states = [.. Enumerable.Range(0, stages).Select(stage => DetectorState.Of(committed, stage))];
        foreach (var check in _checked.Values) states[check.Stage] = states[check.Stage].With(check.Direction, check.State);
        return [.. states];
    }

    internal static string Stages(IReadOnlyCollection<int> stages) =>
        $"{(stages.Count == 1 ? "stage" : "stages")} {string.Join(", ", stages)}";

    private IEnumerable<int> Unchecked(Direction direction) =>
        _plan.Checkers(_detector, direction).Where(s => !_checked.ContainsKey((direction, s)));
}
