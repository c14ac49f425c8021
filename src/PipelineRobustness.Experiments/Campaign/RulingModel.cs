using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>What has to be ruled: a stage is convicted, or a link is relayed.</summary>
internal readonly record struct DueRuling(Act Act, int? Convicted, StageLink? Relayed)
{
    public static DueRuling Of(Ruling ruling) => new(ruling.Act, ruling.Convicted?.Stage, ruling.Relayed);

    public override string ToString() => Convicted is { } stage ? $"stage {stage} of a {AttackEvent.Word(Act)}" : $"the link from {Relayed}";
}

/// <summary>
/// What a referee must rule, from the liars and the attackers that the seed draws and the order of the rules in docs/threats.md alone. It knows no hash:
/// a stage that lies by itself never says what another one says.
/// </summary>
internal sealed class RulingModel(CampaignCase one)
{
    private readonly Adversary _adversary = one.Adversary;
    private readonly int _stages = one.Plan.Stages;
    private readonly Dictionary<int, int> _seats = [];

    // Convictions since the current pass began, and where stages resumed meanwhile: what is convicted of its step has lied before on its old seat.
    private readonly List<(int? Convicted, long Resumed)> _sincePass = [];
    private readonly HashSet<StageLink> _relayed = [];

    private int Last => _stages - 1;

    /// <summary>How often a stage was convicted.</summary>
    public int SeatOf(int stage) => _seats.GetValueOrDefault(stage);

    /// <summary>Stages have resumed at a version.</summary>
    public void Resume(long version) => _sincePass.Add((null, version));

    /// <summary>A pass begins with nothing left to rule.</summary>
    public void BeginPass() => _sincePass.Clear();

    /// <summary>What was ruled in an attempt, a step or a recovery.</summary>
    public void Add(IReadOnlyCollection<DueRuling> made, bool endsPass)
    {
        if (endsPass) BeginPass();
        else _sincePass.AddRange(made.Select(ruling => (ruling.Convicted, long.MaxValue)));
        _relayed.UnionWith(made.Select(ruling => ruling.Relayed).OfType<StageLink>());
        foreach (var stage in made.Select(ruling => ruling.Convicted).OfType<int>())
        {
            _seats[stage] = SeatOf(stage) + 1;
            _relayed.RemoveWhere(link => link.From == stage || link.To == stage);
        }
    }

    /// <summary>With what an attempt must end; nothing where its pass is committed. Of the rows of rules the first that is broken counts.</summary>
    public IReadOnlySet<DueRuling> OfPass(long iteration, int attempt)
    {
        var lies = LiesOf(iteration, attempt);
        var first = Rows(lies).Select(row => row.ToHashSet()).FirstOrDefault(row => row.Count > 0) ?? [];
        // Of a stage that is convicted of several acts the first counts.
        return first.GroupBy(due => (due.Convicted, due.Relayed)).Select(same => same.MinBy(due => due.Act)).ToHashSet();
    }

    /// <summary>What had to be ruled of a pass that was committed, and after it, on the seats that stages had when it began.</summary>
    public IReadOnlySet<DueRuling> OfCommitted(long iteration, int attempt)
    {
        var since = _sincePass.Skip(_sincePass.FindLastIndex(one => one.Resumed <= iteration) + 1).ToLookup(one => one.Convicted);
        var lies = LiesOf(iteration, attempt, stage => SeatOf(stage) - since[stage].Count());
        return Rows(lies).SelectMany(row => row).Concat(OfStep(lies)).ToHashSet();
    }

    /// <summary>What must be ruled after the commit of an attempt.</summary>
    public IReadOnlySet<DueRuling> OfStep(long iteration, int attempt) => OfStep(LiesOf(iteration, attempt));

    private HashSet<DueRuling> OfStep(AttemptLies lies) =>
        Enumerable.Range(0, _stages).SelectMany(block => Step(lies, block, Next(block))).ToHashSet();

    /// <summary>Whether a stage that gives a state away at a version, or restores one, says something false.</summary>
    public bool TransfersFalsely(long version, int stage) =>
        LiesOf(version, 0).By(stage).OfType<FalseState>().Any(liar => liar.End != TransferEnd.Builder);

    /// <summary>Whether a stage that gives a state away at a version gives a false one.</summary>
    public bool GivesFalsely(long version, int stage) => LiesOf(version, 0).By(stage).OfType<FalseState>().Any(liar => liar.End == TransferEnd.Source);

    private AttemptLies LiesOf(long iteration, int attempt) => LiesOf(iteration, attempt, SeatOf);

    private AttemptLies LiesOf(long iteration, int attempt, Func<int, int> seatOf) => new(
        one.Liars.Index()
            .SelectMany(entry => _adversary.Lying(entry.Index, iteration, attempt).Select(stage => (Stage: stage, Liar: entry.Item)))
            .Where(lie => lie.Liar.Seat == seatOf(lie.Stage))
            .ToLookup(lie => lie.Stage, lie => lie.Liar),
        _adversary.Drawn(Direction.Forward, iteration, attempt).Where(stage => seatOf(stage) == 0).ToHashSet(),
        _adversary.Drawn(Direction.Backward, iteration, attempt).Where(stage => seatOf(stage) == 0).ToHashSet());

    private int Next(int stage) => (stage + 1) % _stages;

    // Forward from the first block to the last, then backward; of each block first the links by which its holders were sent what they worked
    // on, then the block. Then what concerns the pass as a whole: the tied matrix's links, and the sums of all blocks.
    private IEnumerable<IEnumerable<DueRuling>> Rows(AttemptLies lies)
    {
        for (var block = 0; block <= Last; block++)
        {
            if (block > 0)
            {
                yield return Links(lies, new(Direction.Forward, Link.Neighbour, block - 1, block), new(Direction.Forward, Link.Jump, block - 1, Next(block)));
            }

            yield return Block(lies, block, Act.Forward);
        }

        for (var block = Last; block >= 0; block--)
        {
            if (block < Last) yield return Links(lies, new StageLink(Direction.Backward, Link.Neighbour, block + 1, block));
            if (block > 0) yield return Block(lies, block, Act.Backward);
        }

        yield return Links(
            lies,
            new(Direction.Backward, Link.Tied, 0, Last), new(Direction.Backward, Link.Tied, Last, 0), new(Direction.Backward, Link.Tied, Last, 1));
        yield return Enumerable.Range(0, _stages).SelectMany(block => Block(lies, block, Act.Sum));
    }

    // A link whose ends differ is relayed; once it is, the ends that contradict the referee are convicted.
    private IEnumerable<DueRuling> Links(AttemptLies lies, params StageLink[] links)
    {
        foreach (var link in links)
        {
            var (sender, receiver) = (lies.By(link.From).Any(liar => SendsOtherThanItStates(liar, link)), lies.By(link.To).Any(liar => Denies(liar, link)));
            if (_relayed.Contains(link))
            {
                if (sender) yield return new(link.Act, link.From, null);
                if (receiver) yield return new(link.Act, link.To, null);
            }
            else if (sender || receiver)
            {
                yield return new(link.Act, null, link);
            }
        }
    }

    private static bool SendsOtherThanItStates(Liar liar, StageLink link) => liar switch
    {
        Equivocate sent => sent.Act == link.Act && Takes(link, sent.Over),
        // What is stated of an activation or a gradient is first held against the copy.
        FalseClaim { Act: Act.Sum } => link.Link == Link.Tied,
        _ => false,
    };

    private static bool Denies(Liar liar, StageLink link) => liar is Deny denied && denied.Act == link.Act && Takes(link, denied.Over);

    private static bool Takes(StageLink link, Connection over) => link.Link == Link.Jump == (over == Connection.Jump);

    private IEnumerable<DueRuling> Block(AttemptLies lies, int block, Act act)
    {
        var (owner, copier) = (block, Next(block));
        var guilty = new List<int>();
        if (lies.Attacks(owner, act) || lies.By(owner).Any(liar => StatesFalselyOfItsBlock(liar, act, block))) guilty.Add(owner);
        if (lies.By(copier).Any(liar => StatesFalselyOfItsCopy(liar, act, block))) guilty.Add(copier);
        // What both have and neither shows convicts both.
        return guilty.Count > 0 && Hides(lies, owner) && Hides(lies, copier) ? Convict(act, owner, copier) : Convict(act, [.. guilty]);
    }

    private bool StatesFalselyOfItsBlock(Liar liar, Act act, int block) => liar switch
    {
        FalseClaim said => act == said.Act && act != Act.Sum,
        FalseSum or FalseNorm => act == Act.Sum,
        FalseLoss => act == Act.Sum && block == Last,
        _ => false,
    };

    private bool StatesFalselyOfItsCopy(Liar liar, Act act, int block) => liar switch
    {
        Frame said => act == said.Act,
        FalseLoss => act == Act.Sum && block == Last,
        _ => false,
    };

    // The state from before a step has only the holder of the copy, and where it is not shown the block cannot be worked.
    private static IEnumerable<DueRuling> Step(AttemptLies lies, int owner, int copier)
    {
        var guilty = new List<int>();
        if (lies.By(owner).Any(liar => liar is NoStep or Ascent or FalseDigest)) guilty.Add(owner);
        if (lies.By(copier).Any(liar => liar is Frame { Act: Act.Step })) guilty.Add(copier);
        if (guilty.Count == 0 || !Hides(lies, copier)) return Convict(Act.Step, [.. guilty]);
        return Hides(lies, owner) ? Convict(Act.Step, owner, copier) : Convict(Act.Step, copier);
    }

    private static bool Hides(AttemptLies lies, int stage) => lies.By(stage).OfType<Hide>().Any();

    private static IEnumerable<DueRuling> Convict(Act act, params int[] stages) => stages.Select(stage => new DueRuling(act, stage, null));

    // Who lies in an attempt: the liars by stage, and the stages that send something else than they have computed, alike on both links.
    private sealed record AttemptLies(ILookup<int, Liar> Liars, IReadOnlySet<int> Forward, IReadOnlySet<int> Backward)
    {
        public IEnumerable<Liar> By(int stage) => Liars[stage];

        public bool Attacks(int stage, Act act) =>
            (act == Act.Forward && Forward.Contains(stage)) || (act == Act.Backward && Backward.Contains(stage));
    }
}
