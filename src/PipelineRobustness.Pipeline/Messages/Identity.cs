namespace PipelineRobustness.Pipeline.Messages;

/// <summary>A machine (a process, or one of many in a simulation) that holds stages.</summary>
/// <param name="Name">Its name, which is also the subject of its certificate.</param>
/// <param name="Incarnation">Drawn when its process starts: a process that returns under the same name is another node.</param>
public readonly record struct NodeId(string Name, ulong Incarnation = 0) : IComparable<NodeId>
{
    /// <inheritdoc/>
    public int CompareTo(NodeId other)
    {
        var order = string.CompareOrdinal(Name, other.Name);
        return order != 0 ? order : Incarnation.CompareTo(other.Incarnation);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Whether <paramref name="left"/> comes first.</summary>
    public static bool operator <(NodeId left, NodeId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes last.</summary>
    public static bool operator >(NodeId left, NodeId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not come last.</summary>
    public static bool operator <=(NodeId left, NodeId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not come first.</summary>
    public static bool operator >=(NodeId left, NodeId right) => left.CompareTo(right) >= 0;
}

/// <summary>A server's ballot, as in Paxos: higher than every earlier server's. A holder that promised a ballot refuses lower ones.</summary>
public readonly record struct Ballot(long Counter, NodeId Node) : IComparable<Ballot>
{
    /// <inheritdoc/>
    public int CompareTo(Ballot other) => Counter != other.Counter
        ? Counter.CompareTo(other.Counter)
        : Node.CompareTo(other.Node);

    /// <summary>Whether <paramref name="left"/> is the earlier.</summary>
    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is the later.</summary>
    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is not the later.</summary>
    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is not the earlier.</summary>
    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;
}

/// <summary>The purpose of a step. A version is evaluated before training continues from it.</summary>
public enum Purpose
{
    /// <summary>Forward only, never disturbed, never checked.</summary>
    Evaluation,

    /// <summary>Forward and backward, towards one optimiser step.</summary>
    Training,
}

/// <summary>
/// The identity that every message of an iteration carries. A message of an earlier step is disposed of on arrival;
/// a message of a later step waits until its pass begins here.
/// </summary>
/// <param name="Ballot">The server's ballot.</param>
/// <param name="Iteration">The version of the weights that the step starts from, counted from 0.</param>
/// <param name="Purpose">Evaluation or training.</param>
/// <param name="Retry">How often this iteration was retried after a failure.</param>
/// <param name="Attempt">How often the iteration was restarted with every random choice drawn again.</param>
/// <param name="Pass">Which repetition within the attempt (or which round of an evaluation).</param>
public readonly record struct StepId(Ballot Ballot, long Iteration, Purpose Purpose, int Retry, int Attempt, int Pass)
    : IComparable<StepId>
{
    /// <summary>Whether something broke before: another ballot than the run's first is in force, since a recovery raises it.</summary>
    public bool FollowsRecovery => Ballot.Counter > 1;

    /// <inheritdoc/>
    public int CompareTo(StepId other)
    {
        var order = Ballot.CompareTo(other.Ballot);
        if (order == 0) order = Iteration.CompareTo(other.Iteration);
        if (order == 0) order = Purpose.CompareTo(other.Purpose);
        if (order == 0) order = Retry.CompareTo(other.Retry);
        if (order == 0) order = Attempt.CompareTo(other.Attempt);
        return order != 0 ? order : Pass.CompareTo(other.Pass);
    }

    /// <summary>Whether both belong to the same attempt, with no retry in between.</summary>
    public bool IsSameAttempt(StepId other) => this with { Pass = 0 } == other with { Pass = 0 };

    /// <inheritdoc/>
    public override string ToString() => Purpose == Purpose.Training
        ? $"iteration {Iteration}, attempt {Attempt}, pass {Pass}"
        : $"evaluation of version {Iteration}, round {Pass}";

    /// <summary>Whether <paramref name="left"/> is the earlier.</summary>
    public static bool operator <(StepId left, StepId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is the later.</summary>
    public static bool operator >(StepId left, StepId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is not the later.</summary>
    public static bool operator <=(StepId left, StepId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is not the earlier.</summary>
    public static bool operator >=(StepId left, StepId right) => left.CompareTo(right) >= 0;
}
