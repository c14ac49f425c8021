using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// The paper's adversary: in each attempt at an iteration every entry attacks with its probability, through one stage of 1..K-2
/// drawn uniformly or stages that are named, in all micro-batches, alike on both links. Who attacks is a function of
/// (seed, entry, iteration, attempt): a retry or a further pass meets the same attackers. Where the entry's attack
/// <see cref="Attack.Accuses"/>, the drawn stage is honest, and its checker tampers with what its own detector compares.
/// Stages that lie otherwise, in what they state, report, keep, give or show, are <see cref="Liar"/>s.
/// </summary>
public sealed class Adversary : IStageBehaviour
{
    private readonly Attackers _attackers;
    private readonly Lies _lies;
    private readonly SortedSet<AttackEvent> _events = [];
    private readonly Lock _gate = new();

    // The seat of each stage that has sent or stated anything, as it was then.
    private readonly Dictionary<int, int> _seats = [];

    // The last step of each block that a stage holds, until its state is reported.
    private readonly Dictionary<(int Stage, int Block), HeldContext> _stepped = [];

    /// <summary>Creates an adversary.</summary>
    /// <param name="knowledge">What attackers know.</param>
    /// <param name="attacks">The attacks, each with its direction.</param>
    /// <param name="liars">The liars; null for none.</param>
    /// <param name="rates">The learning rates of the iterations, of which a liar may have none to lie by; null where they are not known.</param>
    /// <exception cref="BadInputException">An entry's rate is no probability, or it names no stage that can attack.</exception>
    public Adversary(AttackerKnowledge knowledge, IReadOnlyList<Attack> attacks, IReadOnlyList<Liar>? liars = null, LinearSchedule? rates = null)
    {
        ArgumentNullException.ThrowIfNull(knowledge);
        ArgumentNullException.ThrowIfNull(attacks);
        foreach (var attack in attacks) AttackCheck.ThrowIfImpossible(attack, knowledge.Stages);
        foreach (var liar in liars ?? []) LiarCheck.ThrowIfImpossible(liar, knowledge.Stages);
        _attackers = new Attackers(knowledge, attacks);
        _lies = new Lies(knowledge.Seed, knowledge.Stages, [.. (liars ?? []).Select(liar => liar.Informed(knowledge))], rates);
    }

    /// <summary>Creates an adversary that knows of no defence.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stages">Stages of the pipeline.</param>
    /// <param name="attacks">The attacks, each with its direction.</param>
    /// <param name="liars">The liars; null for none.</param>
    /// <param name="rates">As above.</param>
    /// <exception cref="BadInputException">As above.</exception>
    public Adversary(ulong seed, int stages, IReadOnlyList<Attack> attacks, IReadOnlyList<Liar>? liars = null, LinearSchedule? rates = null)
        : this(new AttackerKnowledge(seed, stages), attacks, liars, rates)
    {
    }

    /// <summary>The attacks so far, ascending: the truth that verdicts and rulings are compared with.</summary>
    public IReadOnlyList<AttackEvent> Events
    {
        get
        {
            lock (_gate) return [.. _events];
        }
    }

    /// <summary>The stages of an attempt, in the order of the entries that attack: the attackers, or those that are falsely accused.</summary>
    public IReadOnlyList<int> Drawn(Direction direction, long iteration, int attempt) => _attackers.Drawn(direction, iteration, attempt);

    /// <summary>The stages that lie in an attempt by an entry of the liars, ascending; those that cover are left out.</summary>
    public IReadOnlyList<int> Lying(int entry, long iteration, int attempt) => _lies.Drawn(entry, iteration, attempt);

    /// <summary>
    /// What a stage does falsely in an attempt after its report of the pass, if it gets there: a step, a transfer, or what it shows
    /// (<see cref="Act.Statement"/>). No note tells it of a stage that was convicted of it.
    /// </summary>
    /// <param name="iteration">The iteration.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="seat">Its seat.</param>
    public IReadOnlyList<AttackEvent> AfterPass(long iteration, int attempt, int stage, int seat) =>
        [.. _lies.AfterPass(iteration, attempt, stage, seat).Select(act => new AttackEvent(iteration, attempt, act, stage))];

    /// <inheritdoc/>
    public Tensor Send(SendContext context, Tensor honest)
    {
        ArgumentNullException.ThrowIfNull(context);
        lock (_gate) _seats[context.Stage] = context.Seat;
        var tampered = _attackers.Tamper(context, honest);
        var isTampered = !ReferenceEquals(tampered, honest) && context.Link != Link.Comparison;
        if (isTampered || (context.Link == Link.Neighbour && _lies.IsByFalseLabels(context)))
            Record(context.Iteration, context.Attempt, Acts.Of(context.Direction), context.Stage);
        var said = _lies.Say(context, tampered);
        if (ReferenceEquals(said, tampered)) return said;
        if (!ReferenceEquals(tampered, honest)) tampered.Dispose();
        Record(context.Iteration, context.Attempt, Acts.Of(context), context.Stage);
        return said;
    }

    /// <inheritdoc/>
    public void Receive(SendContext context, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(context);
        _attackers.Receive(context, input);
    }

    /// <inheritdoc/>
    public Tensor Label(HeldContext context, int microBatch, Tensor honest) => _lies.Label(context, microBatch, honest);

    /// <inheritdoc/>
    public ReportedSums Report(HeldContext context, ReportedSums honest)
    {
        var reported = _lies.Report(context, honest);
        if (!ReferenceEquals(reported, honest)) Record(context, Act.Sum);
        return reported;
    }

    /// <inheritdoc/>
    public void Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest)
    {
        lock (_gate) _stepped[(context.Stage, context.Block)] = context;
        if (_lies.Update(context, state, honest)) Record(context, Act.Step);
    }

    /// <inheritdoc/>
    public void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
    {
        HeldContext last;
        lock (_gate)
        {
            if (!_stepped.Remove((stage, block), out last)) return;
        }

        // The next iteration is worked with the changed weights, from its first attempt on.
        if (_lies.Keep(last, state)) Record(iteration, 0, Act.Weights, stage);
    }

    /// <inheritdoc/>
    public UInt128 Digest(HeldContext context, UInt128 honest)
    {
        var reported = _lies.Digest(context, honest);
        if (reported != honest) Record(context, Act.Step);
        return reported;
    }

    /// <inheritdoc/>
    public void Give(HeldContext context, IReadOnlyList<Tensor> state)
    {
        if (_lies.Give(context, state)) Record(context, Act.Transfer);
    }

    /// <inheritdoc/>
    public UInt128 Restored(HeldContext context, UInt128 honest)
    {
        var reported = _lies.Restored(context, honest);
        if (reported != honest) Record(context, Act.Transfer);
        return reported;
    }

    /// <inheritdoc/>
    public UInt128 Built(HeldContext context, UInt128 honest)
    {
        var reported = _lies.Built(context, honest);
        if (reported != honest) Record(context, Act.Transfer);
        return reported;
    }

    /// <inheritdoc/>
    public Tensor? Show(HeldContext context, int? microBatch, Tensor honest)
    {
        _attackers.Show(context, microBatch);
        var shown = _lies.Show(context, microBatch, honest);
        if (!ReferenceEquals(shown, honest)) Record(context, Act.Statement);
        return shown;
    }

    /// <summary>
    /// The attacks that a stage made in an attempt, and what it showed falsely in earlier attempts at the iteration, as
    /// <see cref="AttackEvent.ToNote"/> writes them. A step that it is going to take falsely is noted beforehand: it comes after
    /// the report that the note is part of, and only if the attempt is committed.
    /// </summary>
    public string Note(long iteration, int attempt, int stage)
    {
        lock (_gate)
        {
            var steps = AfterPass(iteration, attempt, stage, _seats.GetValueOrDefault(stage)).Where(attack => attack.Act == Act.Step);
            return AttackEvent.ToNote(_events
                .Where(attack => attack.Iteration == iteration && attack.Stage == stage)
                .Where(attack => attack.Attempt == attempt || (attack.Act == Act.Statement && attack.Attempt < attempt))
                .Union(steps));
        }
    }

    private void Record(HeldContext context, Act act) => Record(context.Iteration, context.Attempt, act, context.Stage);

    private void Record(long iteration, int attempt, Act act, int stage)
    {
        lock (_gate) _events.Add(new AttackEvent(iteration, attempt, act, stage));
    }
}
