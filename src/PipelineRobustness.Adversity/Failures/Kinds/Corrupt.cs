using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>What a silent corruption changes.</summary>
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

    /// <summary>One element becomes not-a-number.</summary>
    NotANumber,

    /// <summary>One element becomes infinite.</summary>
    Infinite,
}

/// <summary>A value changes silently: a bit flip in memory, a faulty processor.</summary>
public sealed record Corrupt : Failure, IValueFailure, IProcessFailure
{
    /// <inheritdoc/>
    public override string Word => "corrupt";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.Stage;

    /// <summary>What changes.</summary>
    [Setting]
    public CorruptedPart Part { get; init; }

    /// <summary>How much of it changes.</summary>
    [Setting]
    public CorruptionPattern Pattern { get; init; }

    /// <inheritdoc/>
    public override bool NeedsInstant => true;

    /// <inheritdoc/>
    public override (IterationPhase Phase, string Reason)? OnlyPhase => (
        Part switch
        {
            CorruptedPart.Activation => IterationPhase.Forward,
            CorruptedPart.Gradient => IterationPhase.Backward,
            _ => IterationPhase.Committed,
        },
        $"that is where {Words.Of(Part)} can change");

    /// <inheritdoc/>
    public override string Variant => Words.Of(Pattern);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Variants => Words.All(typeof(CorruptionPattern));

    private protected override string Details => $"{Words.Of(Part)}, {Words.Of(Pattern)}";

    /// <inheritdoc/>
    public bool ChangesState => Part is CorruptedPart.Weight or CorruptedPart.Moment;

    /// <inheritdoc/>
    public bool ChangesSent(Direction direction) =>
        Part == (direction == Direction.Forward ? CorruptedPart.Activation : CorruptedPart.Gradient);

    /// <inheritdoc/>
    public Tensor Changed(Tensor value, ulong key) => Corruption.Of(value, Pattern, key);

    /// <inheritdoc/>
    public void ChangeState(IReadOnlyList<Tensor> state, Func<string, ulong> key)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(key);
        Corruption.ChangeState(state, Part, Pattern, key);
    }

    // Its value is changed where it passes; there is nothing to do to the machine.
    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
    }

    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site)
    {
    }

    /// <inheritdoc/>
    public override string? ImpossibleWith(int stages) => (Part, Target.Stage) switch
    {
        (CorruptedPart.Activation, var stage) when stage == stages - 1 => "a stage that sends activations, which the last does not",
        (CorruptedPart.Gradient, 0) => "a stage that sends gradients, which the first does not",
        _ => null,
    };
}
