namespace PipelineRobustness.Adversity.Failures;

/// <summary>What goes wrong.</summary>
public enum FailureKind
{
    /// <summary>A stage throws, a node's process or the server's is no more.</summary>
    Crash,

    /// <summary>A stage does nothing for a time.</summary>
    Hang,

    /// <summary>A stage takes a multiple of its time.</summary>
    Slow,

    /// <summary>
    /// A machine stands still for a time: a collection of garbage, a machine that is moved. Where it was given up meanwhile, it
    /// comes back empty; the server's may find that another has taken its place.
    /// </summary>
    Pause,

    /// <summary>Messages from a machine do not arrive.</summary>
    Lose,

    /// <summary>Control messages from a node arrive twice.</summary>
    Duplicate,

    /// <summary>Messages from a node arrive later, and after others that were sent behind them.</summary>
    Delay,

    /// <summary>Messages from a node arrive in the reverse of the order in which they were sent.</summary>
    Reorder,

    /// <summary>A node is cut off, until that heals. Where it was given up meanwhile, it comes back empty.</summary>
    Partition,

    /// <summary>A value changes without anybody's doing.</summary>
    Corrupt,

    /// <summary>A stage cannot get the memory that it needs.</summary>
    OutOfMemory,

    /// <summary>Nothing can be written for a time.</summary>
    FullDisk,

    /// <summary>A node joins.</summary>
    Join,

    /// <summary>A node goes, with notice.</summary>
    Leave,
}

/// <summary>A logical instant of a run.</summary>
/// <param name="Iteration">The iteration, counted from 0.</param>
/// <param name="Phase">Where in it.</param>
/// <param name="MicroBatch">Which micro-batch; null for the first that comes there.</param>
public sealed record Instant(long Iteration, Phase Phase = Phase.Forward, int? MicroBatch = null);

/// <summary>Whom a failure befalls.</summary>
public enum TargetKind
{
    /// <summary>A stage, wherever it is; of a node's failures the node that works it.</summary>
    Stage,

    /// <summary>A node by name.</summary>
    Node,

    /// <summary>One of the nodes that are there, drawn.</summary>
    AnyNode,

    /// <summary>The central server.</summary>
    Server,

    /// <summary>A machine of a trace, by its name there.</summary>
    Traced,
}

/// <summary>Whom a failure befalls.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Stage">Of <see cref="TargetKind.Stage"/>, its number.</param>
/// <param name="Node">Of <see cref="TargetKind.Node"/> and <see cref="TargetKind.Traced"/>, its name.</param>
public sealed record Target(TargetKind Kind, int Stage = 0, string Node = "")
{
    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        TargetKind.Stage => $"stage {Stage}",
        TargetKind.Node or TargetKind.Traced => Node,
        TargetKind.AnyNode => "any node",
        _ => "the server",
    };
}

/// <summary>In what a silent corruption is.</summary>
public enum CorruptedPart
{
    /// <summary>What a stage sends forward.</summary>
    Activation,

    /// <summary>What a stage sends backward.</summary>
    Gradient,

    /// <summary>A parameter, between two iterations.</summary>
    Weight,

    /// <summary>A moment of AdamW, between two iterations.</summary>
    Moment,
}

/// <summary>How much of a value changes.</summary>
public enum CorruptionPattern
{
    /// <summary>One bit of one element.</summary>
    OneBit,

    /// <summary>Several neighbouring bits of one element.</summary>
    SeveralBits,

    /// <summary>A whole row, each element by the same bits.</summary>
    Row,

    /// <summary>One element is no number any more.</summary>
    NotANumber,

    /// <summary>One element is infinite.</summary>
    Infinite,
}

/// <summary>One event of a scenario. It happens once; where it has a rate, again and again.</summary>
public sealed record Failure
{
    /// <summary>What.</summary>
    public required FailureKind Kind { get; init; }

    /// <summary>To whom.</summary>
    public Target Target { get; init; } = new(TargetKind.AnyNode);

    /// <summary>At a logical instant; null where it is at a time.</summary>
    public Instant? At { get; init; }

    /// <summary>After so much virtual time; where neither this nor an instant is given, by <see cref="Every"/>.</summary>
    public TimeSpan? After { get; init; }

    /// <summary>The mean time between two, exponentially distributed (a Poisson process).</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>How long it lasts, or what notice there is.</summary>
    public TimeSpan Lasts { get; init; }

    /// <summary>By what a stage's time is multiplied.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>How many messages.</summary>
    public int Count { get; init; } = 1;

    /// <summary>In what a corruption is.</summary>
    public CorruptedPart Part { get; init; }

    /// <summary>How much changes.</summary>
    public CorruptionPattern Pattern { get; init; }

    /// <summary>Whether what has crashed is only paused, and goes on when another has taken its place. Of a server.</summary>
    public bool WakesUp { get; init; }

    /// <summary>Whether it is at this logical instant.</summary>
    internal bool IsAt(long iteration, Phase phase, int? microBatch) =>
        At is { } at && at.Iteration == iteration && at.Phase == phase && (at.MicroBatch is null || at.MicroBatch == microBatch);

    /// <summary>Whether it befalls a stage that is on a node, or the one or the other, or whoever comes first.</summary>
    internal bool Befalls(int stage, string? node) =>
        (Target.Kind != TargetKind.Stage || Target.Stage == stage) && (Target.Kind != TargetKind.Node || Target.Node == node);

    /// <summary>The trace that it comes from; null where it was written into the scenario.</summary>
    public string? Trace { get; init; }

    /// <summary>Where it was written, such as <c>storm.conf:3</c>; empty where it was drawn.</summary>
    public string Where { get; init; } = "";

    /// <summary>Whether a run under which it never struck was not the scenario's: neither by a rate nor from a trace, which go on behind the run.</summary>
    public bool MustStrike => Every is null && Trace is null;

    // As a file has it.
    private string Whom => this switch
    {
        { Kind: FailureKind.Join, Trace: null } => "a node",
        { Kind: FailureKind.FullDisk } => "all",
        _ => $"{Target}",
    };

    private string How => this switch
    {
        { Kind: FailureKind.Corrupt } => $" ({ScenarioWords.Of(Part)}, {ScenarioWords.Of(Pattern)})",
        { Kind: FailureKind.Slow } => $" (factor {Factor:0.###})",
        { Count: > 1 } => $" (count {Count})",
        { WakesUp: true } => " (wakes-up)",
        _ => "",
    };

    /// <inheritdoc/>
    public override string ToString() =>
        $"{ScenarioWords.Of(Kind)} of {Whom}{How}"
        + (At is { } at ? $" at iteration {at.Iteration}, {ScenarioWords.Of(at.Phase)}{(at.MicroBatch is { } m ? $", micro-batch {m}" : "")}" : "")
        + (After is { } after ? $" after {after.TotalSeconds:0.###} s" : "") + (Every is { } every ? $" every {every.TotalSeconds:0.###} s" : "")
        + (Lasts > TimeSpan.Zero ? $", for {Lasts.TotalSeconds:0.###} s" : "") + (Trace is { } trace ? $", by {trace}" : "");
}

/// <summary>What goes wrong in a run, and when.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Failures">The events, in no order.</param>
public sealed record Scenario(string Name, IReadOnlyList<Failure> Failures)
{
    /// <summary>Nothing goes wrong.</summary>
    public static Scenario Quiet { get; } = new("quiet", []);

    /// <summary>The machines of its trace that are there at the beginning, by their names there; none where it has no trace.</summary>
    public IReadOnlyList<string> Machines { get; init; } = [];

    /// <summary>Where one of its events was written, or at least whose it is: what an error begins with.</summary>
    public string Origin(Failure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.Where.Length > 0 ? failure.Where : Name;
    }
}
