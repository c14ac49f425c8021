namespace PipelineRobustness.Benchmarks;

/// <summary>What a lying stage sends and states.</summary>
public sealed class NamedBehaviour
{
    /// <summary>The fields of a pipeline without a tied matrix.</summary>
    public const int FieldsUntied = (int)Field.StateCopySums + 1;

    private readonly Dictionary<(Field, int), Choice> _choices = [];

    /// <summary>Whether it shows no exhibit.</summary>
    public bool Hides { get; init; }

    /// <summary>What it chooses; honest unless set.</summary>
    public Choice this[Field field, int microBatch = 0]
    {
        get => _choices.GetValueOrDefault((field, microBatch));
        set => _choices[(field, microBatch)] = value;
    }

    /// <summary>Whether a field is chosen for each micro-batch.</summary>
    public static bool IsOfMicroBatch(Field field) => field <= Field.StateCopyGradient;

    /// <summary>It sends the same over both links, as most liars do.</summary>
    public void SendAlike(int microBatches)
    {
        for (var m = 0; m < microBatches; m++) this[Field.SendJump, m] = this[Field.SendActivation, m];
        this[Field.SendPartToCopy] = this[Field.SendPart];
    }

    /// <summary>It states that it sent what it should have sent.</summary>
    public void StateTruth(int microBatches)
    {
        for (var m = 0; m < microBatches; m++) this[Field.StateSent, m] = this[Field.StateSentGradient, m] = Choice.Truth;
        this[Field.StatePart] = Choice.Truth;
    }

    /// <summary>One of the behaviours over three choices in some fields of one micro-batch.</summary>
    /// <param name="number">Which one: its digits to base 3 are the choices.</param>
    /// <param name="fields">The fields.</param>
    public static NamedBehaviour Of(int number, IEnumerable<Field> fields)
    {
        var behaviour = new NamedBehaviour();
        foreach (var field in fields)
        {
            behaviour[field] = (Choice)(number % 3);
            number /= 3;
        }

        return behaviour;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _choices.Where(choice => choice.Value != Choice.Honest)
        .Select(choice => $"{choice.Key.Item1} {choice.Key.Item2} {choice.Value}").Append(Hides ? "hides" : "shows"));
}
