using System.Globalization;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>What a failure destroys.</summary>
public enum Destruction
{
    /// <summary>Nothing: it costs time or messages.</summary>
    Nothing,

    /// <summary>A stage, whose node stays.</summary>
    Stage,

    /// <summary>A machine, with all its stages.</summary>
    Machine,
}

/// <summary>
/// An event of a scenario: something that goes wrong, once or at a rate. Each kind is one record in the folder Kinds, which holds
/// its word, its targets, its options, its effect and its description.
/// </summary>
public abstract record Failure
{
    /// <summary>The word for its kind in a scenario.</summary>
    public abstract string Word { get; }

    /// <summary>The targets that its kind may have.</summary>
    public abstract TargetSyntax Targets { get; }

    /// <summary>What it happens to.</summary>
    public Target Target { get; init; } = new(TargetKind.AnyNode);

    /// <summary>At a logical instant; null where it is at a time.</summary>
    public Instant? At { get; init; }

    /// <summary>After so much virtual time; where neither this nor an instant is given, by <see cref="Every"/>.</summary>
    public TimeSpan? After { get; init; }

    /// <summary>The mean time between two, exponentially distributed (a Poisson process).</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>The trace that it comes from; null where it was written into the scenario.</summary>
    public string? Trace { get; init; }

    /// <summary>Where it was written, such as <c>storm.conf:3</c>; empty where it was drawn.</summary>
    public string Where { get; init; } = "";

    /// <summary>Whether it must happen in a run with the scenario: events at a rate or from a trace may come after its end.</summary>
    public bool MustHappen => Every is null && Trace is null;

    /// <summary>Whether it happens to a stage at work, and so needs a logical instant.</summary>
    public virtual bool NeedsInstant => false;

    /// <summary>The only phase in which it can happen, and why; null where it can in any.</summary>
    public virtual (IterationPhase Phase, string Reason)? OnlyPhase => null;

    /// <summary>Which of several that differ within a kind it is, for statistics; empty where all are alike.</summary>
    public virtual string Variant => "";

    /// <summary>All variants of its kind.</summary>
    public virtual IReadOnlyList<string> Variants => [];

    /// <summary>What it destroys.</summary>
    public virtual Destruction Destroys => Destruction.Nothing;

    /// <summary>Whether the others know beforehand, so that stages can move.</summary>
    public virtual bool IsAnnounced => false;

    /// <summary>Whether a server that it happens to may keep running in addition to its successor.</summary>
    public virtual bool LeavesServerRunning => false;

    /// <summary>Whether a machine joins because of it, at once or later.</summary>
    public virtual bool BringsMachine => IsArrival;

    /// <summary>Whether it is the arrival of a machine.</summary>
    public bool IsArrival => Targets == TargetSyntax.Newcomer;

    /// <summary>Whether it happens to one machine, which must be there.</summary>
    public bool NeedsMachine => Targets != TargetSyntax.Newcomer && Targets != TargetSyntax.All;

    /// <summary>Whether it may delay the iteration in which it happens.</summary>
    public virtual bool Interrupts => NeedsMachine;

    /// <summary>Injects it into simulated machines.</summary>
    /// <exception cref="InsufficientMemoryException">Thrown by an out-of-memory failure.</exception>
    public abstract void Inject(SimulatedFaults faults, InjectionSite site);

    /// <summary>What is wrong with the options that were written for it, taken together; null where nothing is.</summary>
    /// <param name="written">The names of those that were.</param>
    public virtual OptionError? Contradiction(IReadOnlyCollection<string> written) => null;

    /// <summary>What is expected of a pipeline in which it can happen; null if it can happen with so many stages.</summary>
    public virtual string? ImpossibleWith(int stages) => null;

    /// <summary>The same failure without an end, where its machine would otherwise be given up and come back.</summary>
    /// <param name="silence">How long a machine may be silent before it is given up.</param>
    /// <param name="always">Longer than any run.</param>
    public virtual Failure WithoutReturn(TimeSpan silence, TimeSpan always) => this;

    /// <summary>Whether it is due at a point.</summary>
    internal bool IsAt(WorkPoint point) => At is { } at && at.Iteration == point.Iteration && at.Phase == point.Phase
        && (at.MicroBatch is null || at.MicroBatch == point.MicroBatch);

    /// <summary>Whether it happens to a stage, to the node that holds it, or to the first node that reaches the instant.</summary>
    internal bool Concerns(int stage, string? node) =>
        (Target.Kind != TargetKind.Stage || Target.Stage == stage) && (Target.Kind != TargetKind.Node || Target.Node == node);

    /// <summary>Its options, as its description has them between brackets; empty for none.</summary>
    private protected virtual string Details => "";

    /// <summary>How long it lasts, as its description has it; zero for nothing.</summary>
    private protected virtual TimeSpan Length => TimeSpan.Zero;

    private string Subject => Targets.Kinds.Count == 0 && Trace is null ? Targets.Expected : $"{Target}";

    /// <summary>As in the lines and notes of a scenario.</summary>
    public sealed override string ToString() => string.Concat(
        $"{Word} of {Subject}",
        Details.Length > 0 ? $" ({Details})" : "",
        At is { } at ? $" at iteration {at.Iteration}, {Words.Of(at.Phase)}" : "",
        At?.MicroBatch is { } microBatch ? $", micro-batch {microBatch}" : "")
        + Timing(" after ", After) + Timing(" every ", Every) + Timing(", for ", Length > TimeSpan.Zero ? Length : null)
        + (Trace is null ? "" : $", by {Trace}");

    private static string Timing(string word, TimeSpan? time) =>
        time is { } some ? FormattableString.Invariant($"{word}{some.TotalSeconds:0.###} s") : "";
}

/// <summary>An option that contradicts others.</summary>
/// <param name="Option">Its name.</param>
/// <param name="Expected">What was expected.</param>
/// <param name="Found">What was found; null for the option's own text.</param>
public sealed record OptionError(string Option, string Expected, string? Found = null)
{
    /// <summary>What is wrong with the iterations of an entry; null where nothing is.</summary>
    /// <param name="from">Its first iteration.</param>
    /// <param name="until">The iteration before which it ends; null where it does not end.</param>
    public static OptionError? OfPeriod(long from, long? until) =>
        until <= from ? new("until", $"0 or more than {from} (from)", until.Value.ToString(CultureInfo.InvariantCulture)) : null;
}
