using PipelineRobustness.Adversity;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>A word of an event, and what may stand behind it.</summary>
internal sealed record EventWord(string Name, SettingKind Kind);

/// <summary>What an event of a kind says beside when it comes.</summary>
/// <param name="Whom">Whom it may befall.</param>
internal sealed record EventShape(Whom Whom)
{
    /// <summary>When, once.</summary>
    public const string At = "at";

    /// <summary>By which rate.</summary>
    public const string Every = "every";

    /// <summary>How long it lasts, or what notice there is.</summary>
    public const string For = "for";

    /// <summary>By what a stage's time is multiplied.</summary>
    public const string Factor = "factor";

    /// <summary>How many messages.</summary>
    public const string Count = "count";

    /// <summary>In what bits change.</summary>
    public const string Part = "part";

    /// <summary>Which bits.</summary>
    public const string Pattern = "pattern";

    /// <summary>Whether the server was only paused.</summary>
    public const string WakesUp = "wakes-up";

    private const int CountMost = 1_000_000;

    private static readonly EventWord Time = new(For, new Duration());
    private static readonly EventWord Multiple = new(Factor, new RealNumber(0.001, 1000));
    private static readonly EventWord Messages = new(Count, new WholeNumber(1, CountMost));
    // One alone is in order.
    private static readonly EventWord Several = new(Count, new WholeNumber(2, CountMost));
    private static readonly EventWord InWhat = new(Part, new OneOf([.. ScenarioWords.Parts.Keys]));
    private static readonly EventWord HowMuch = new(Pattern, new OneOf([.. ScenarioWords.Patterns.Keys]));
    private static readonly EventWord Wakes = new(WakesUp, new Flag());

    /// <summary>Without which it would do nothing.</summary>
    public IReadOnlyList<EventWord> Needs { get; init; } = [];

    /// <summary>What else it may say.</summary>
    public IReadOnlyList<EventWord> Takes { get; init; } = [];

    /// <summary>Whether it befalls a stage at its work, and so needs a logical instant.</summary>
    public bool IsAtWork { get; init; }

    /// <summary>Its own words, those that it needs first.</summary>
    public IEnumerable<EventWord> Words => Needs.Concat(Takes);

    /// <summary>All that may stand beside the word of its kind.</summary>
    public IReadOnlyCollection<string> Beside => [At, .. IsAtWork ? [] : (string[])[Every], .. Words.Select(word => word.Name)];

    /// <summary>Of each kind.</summary>
    public static IReadOnlyDictionary<FailureKind, EventShape> Of { get; } = new Dictionary<FailureKind, EventShape>
    {
        [FailureKind.Crash] = new(Whom.NodeOrServer) { Takes = [Wakes, Time] },
        [FailureKind.Hang] = new(Whom.Stage) { Needs = [Time], IsAtWork = true },
        [FailureKind.Slow] = new(Whom.Stage) { Needs = [Time, Multiple] },
        [FailureKind.Pause] = new(Whom.NodeOrServer) { Needs = [Time] },
        [FailureKind.Lose] = new(Whom.NodeOrServer) { Takes = [Messages] },
        [FailureKind.Duplicate] = new(Whom.NodeOrServer) { Takes = [Messages] },
        [FailureKind.Delay] = new(Whom.NodeOrServer) { Needs = [Time], Takes = [Messages] },
        [FailureKind.Reorder] = new(Whom.NodeOrServer) { Needs = [Time, Several] },
        [FailureKind.Partition] = new(Whom.NodeOrServer) { Needs = [Time] },
        [FailureKind.Corrupt] = new(Whom.Stage) { Takes = [InWhat, HowMuch], IsAtWork = true },
        [FailureKind.OutOfMemory] = new(Whom.Stage) { IsAtWork = true },
        [FailureKind.FullDisk] = new(Whom.All) { Needs = [Time] },
        [FailureKind.Join] = new(Whom.Newcomer),
        [FailureKind.Leave] = new(Whom.Node) { Takes = [Time] },
    };

    /// <summary>Where in an iteration what a corruption is in passes by.</summary>
    public static Phase PhaseOf(CorruptedPart part) => part switch
    {
        CorruptedPart.Activation => Phase.Forward,
        CorruptedPart.Gradient => Phase.Backward,
        _ => Phase.Committed,
    };
}
