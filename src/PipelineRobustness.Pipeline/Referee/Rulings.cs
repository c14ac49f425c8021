using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// All rulings of a run, in the order in which they were made. From them follow the seats of stages, the links that are relayed, and
/// which attempt an iteration is at; so a server that knows them can continue where another ended. They are only added to.
/// </summary>
/// <param name="All">The rulings.</param>
/// <param name="Notes">What stages' behaviour noted in the attempts that ended with a ruling.</param>
public sealed record Rulings(ImmutableArray<Ruling> All, ImmutableArray<AttemptNote> Notes)
{
    /// <summary>Those of a run that begins.</summary>
    public static Rulings None { get; } = new([], []);

    /// <summary>The links that are relayed: from the ruling on, until one of its ends is convicted.</summary>
    public ImmutableHashSet<StageLink> RelayedLinks
    {
        get
        {
            var links = ImmutableHashSet.CreateBuilder<StageLink>();
            foreach (var ruling in All)
            {
                if (ruling.Relayed is { } relayed) links.Add(relayed);
                if (ruling.Convicted is { } convicted) links.ExceptWith(links.Where(link => link.Joins(convicted.Stage)).ToArray());
            }

            return links.ToImmutable();
        }
    }

    private IEnumerable<Conviction> Convictions => All.Select(ruling => ruling.Convicted).OfType<Conviction>();

    /// <summary>A stage's seat: how often it was convicted.</summary>
    public int SeatOf(int stage) => Convictions.Count(conviction => conviction.Stage == stage);

    /// <summary>Whether a stage was convicted on a node.</summary>
    public bool HasConvicted(int stage, NodeId node) => Convictions.Any(conviction => conviction.Stage == stage && conviction.Node == node);

    /// <summary>The attempt that an iteration is at: as many as ended with a ruling came before it.</summary>
    public int AttemptOf(long iteration) => Of(iteration).Where(ruling => ruling.EndsAttempt).Select(ruling => ruling.Attempt).Distinct().Count();

    /// <summary>How many of these ended with a relay alone: there is a link fewer for the next, so that their number is bounded.</summary>
    public int RelaysOf(long iteration) => Of(iteration).Where(ruling => ruling.EndsAttempt).GroupBy(ruling => ruling.Attempt)
        .Count(attempt => attempt.All(ruling => ruling.Convicted is null));

    /// <summary>How often a stage was convicted at an iteration of what ends no attempt: of a step, or of a state in a recovery.</summary>
    public int ConvictionsBetweenAttempts(long iteration, int stage) =>
        Of(iteration).Count(ruling => !ruling.EndsAttempt && ruling.Convicted?.Stage == stage);

    /// <summary>The rulings of an iteration.</summary>
    public IEnumerable<Ruling> Of(long iteration) => All.Where(ruling => ruling.Iteration == iteration);

    /// <summary>What was noted in the attempts at an iteration that ended with a ruling.</summary>
    public IEnumerable<string> NotesOf(long iteration) => Notes.Where(note => note.Iteration == iteration).Select(note => note.Text);

    /// <summary>The nodes that get no stage any more.</summary>
    /// <param name="after">Convictions that a node may not reach.</param>
    public ImmutableSortedSet<NodeId> Quarantined(int after) =>
        [.. Convictions.CountBy(conviction => conviction.Node).Where(count => count.Value >= after).Select(count => count.Key)];

    /// <summary>
    /// The same with what an attempt came to. Of a stage that is convicted of several things only the first counts, and relays come
    /// first: a link that a convicted stage is an end of is not relayed to its successor.
    /// </summary>
    /// <param name="made">The rulings, all of one attempt, in any order.</param>
    /// <param name="notes">The notes of the attempt that ended with them.</param>
    public Rulings With(IEnumerable<Ruling> made, IEnumerable<string> notes)
    {
        var inOrder = made
            .OrderBy(ruling => ruling.Convicted is not null).ThenBy(ruling => ruling.Act).ThenBy(ruling => ruling.MicroBatch)
            .ThenBy(ruling => ruling.Convicted?.Stage).ThenBy(ruling => ruling.Relayed?.From).ThenBy(ruling => ruling.Relayed?.To)
            .DistinctBy(ruling => (ruling.Convicted?.Stage, ruling.Relayed)).ToArray();
        if (inOrder is not [{ Iteration: var iteration }, ..]) return this;
        return new([.. All, .. inOrder], [.. Notes, .. notes.Except(NotesOf(iteration)).Select(note => new AttemptNote(iteration, note))]);
    }

    /// <summary>Of what two members know, the one that was added to last.</summary>
    public static Rulings Later(Rulings one, Rulings other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return other.All.Length > one.All.Length ? other : one;
    }
}

/// <summary>A note of a stage's behaviour in an attempt that ended with a ruling; opaque to the pipeline.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Text">The note.</param>
public readonly record struct AttemptNote(long Iteration, string Text)
{
    /// <summary>Characters of the longest note that counts, which is some twenty things that a stage has done: notes go with every order.</summary>
    public const int LengthMost = 512;
}
