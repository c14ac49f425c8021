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
/// What a referee must rule, from the liars, the attackers and the audits that the seed draws and the order of the rules in docs/threats.md alone. It
/// knows no hash: a stage that lies by itself never says what another one says, and of colluders both say the same.
/// </summary>
/// <param name="one">The case.</param>
/// <param name="found">The blocks that are heard because of a finding. What is found does not follow from the seed alone.</param>
internal sealed class RulingModel(CampaignCase one, IReadOnlySet<(long Iteration, int Attempt, int Block, Direction Direction)> found)
{
    private readonly Adversary _adversary = one.Adversary;
    private readonly int _stages = one.Plan.Stages;
    private readonly AuditLots _lots = new(one.Plan);
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

    /// <summary>
    /// With what an attempt must end; nothing where its pass is committed. Of the rows of rules the first that is broken counts; where none is,
    /// what is drawn is heard.
    /// </summary>
    public IReadOnlySet<DueRuling> OfPass(long iteration, int attempt)
    {
        var lies = LiesOf(iteration, attempt);
        return Firsts(Rows(lies).Select(row => row.ToHashSet()).FirstOrDefault(row => row.Count > 0) ?? OfAudit(lies, iteration, attempt));
    }

    /// <summary>What had to be ruled of a pass that was committed, and after it, on the seats that stages had when it began.</summary>
    public IReadOnlySet<DueRuling> OfCommitted(long iteration, int attempt)
    {
        var lies = LiesOfCommitted(iteration, attempt);
        return Rows(lies).SelectMany(row => row).Concat(OfAudit(lies, iteration, attempt)).Concat(OfStep(lies, iteration, attempt)).ToHashSet();
    }

    /// <summary>What colluders did in a pass that was committed; empty where they did nothing.</summary>
    public string CollusionsIn(long iteration, int attempt)
    {
        var lies = LiesOfCommitted(iteration, attempt);
        return string.Join(", ", Enumerable.Range(0, _stages)
            .SelectMany(stage => lies.By(stage).Concat(lies.CoveredBy(stage)).Where(liar => liar.IsCovered), (stage, liar) => (stage, liar))
            .Select(told => $"stage {told.stage}, seat {told.liar.Seat}: {told.liar.Kind} in attempt {attempt}"));
    }

    /// <summary>Whether a lie may be one that two holders of a block tell alike.</summary>
    public bool MayBeCollusion(AttackEvent lie) => one.Liars.Index().Any(entry => entry.Item.IsCovered
        && _adversary.Lying(entry.Index, lie.Iteration, lie.Attempt).Any(stage => lie.Stage == stage || lie.Stage == Next(stage)));

    /// <summary>What must be ruled after the commit of an attempt.</summary>
    public IReadOnlySet<DueRuling> OfStep(long iteration, int attempt) => Firsts(OfStep(LiesOf(iteration, attempt), iteration, attempt));

    // Of a stage that is convicted of several acts the first counts.
    private static HashSet<DueRuling> Firsts(IEnumerable<DueRuling> found) =>
        found.GroupBy(due => (due.Convicted, due.Relayed)).Select(same => same.MinBy(due => due.Act)).ToHashSet();

    private IEnumerable<DueRuling> OfStep(AttemptLies lies, long iteration, int attempt) => Enumerable.Range(0, _stages)
        .SelectMany(block => _lots.HasStep(iteration, attempt, block) ? AuditedStep(lies, block, Next(block)) : Step(lies, block, Next(block)));

    // What is drawn, or found, of a pass that breaks no rule: of what holders state of a block both say the same, truly or not.
    private IEnumerable<DueRuling> OfAudit(AttemptLies lies, long iteration, int attempt)
    {
        foreach (var block in Enumerable.Range(0, _stages))
        {
            foreach (var (direction, act) in ((Direction, Act)[])[(Direction.Forward, Act.Forward), (Direction.Backward, Act.Backward)])
            {
                if (!_lots.HasBlock(iteration, attempt, block) && !found.Contains((iteration, attempt, block, direction))) continue;
                var hides = Hides(lies, block) && Hides(lies, Next(block)) && (block > 0 || direction == Direction.Forward);
                foreach (var due in hides ? Convict(act, block, Next(block)) : Convict(act, Guilty(lies, block, act))) yield return due;
            }
        }
    }

    private AttemptLies LiesOfCommitted(long iteration, int attempt)
    {
        var since = _sincePass.Skip(_sincePass.FindLastIndex(one => one.Resumed <= iteration) + 1).ToLookup(one => one.Convicted);
        return LiesOf(iteration, attempt, stage => SeatOf(stage) - since[stage].Count());
    }

    /// <summary>Whether a stage that gives a state away at a version, or restores one, says something false.</summary>
    public bool TransfersFalsely(long version, int stage) =>
        LiesOf(version, 0).By(stage).OfType<FalseState>().Any(liar => liar.End != TransferEnd.Builder);

    /// <summary>Whether a stage that gives a state away at a version gives a false one.</summary>
    public bool GivesFalsely(long version, int stage) => LiesOf(version, 0).By(stage).OfType<FalseState>().Any(liar => liar.End == TransferEnd.Source);

    private AttemptLies LiesOf(long iteration, int attempt) => LiesOf(iteration, attempt, SeatOf);

    // Who covers a lie does so on a seat of its own, whatever the liar's is.
    private AttemptLies LiesOf(long iteration, int attempt, Func<int, int> seatOf)
    {
        var drawn = one.Liars.Index()
            .SelectMany(entry => _adversary.Lying(entry.Index, iteration, attempt).Select(stage => (Stage: stage, Liar: entry.Item))).ToList();
        return new(
            drawn.Where(lie => lie.Liar.Seat == seatOf(lie.Stage)).ToLookup(lie => lie.Stage, lie => lie.Liar),
            drawn.Where(lie => lie.Liar.IsCovered && lie.Liar.Seat == seatOf(Next(lie.Stage))).ToLookup(lie => Next(lie.Stage), lie => lie.Liar),
            _adversary.Drawn(Direction.Forward, iteration, attempt).Where(stage => seatOf(stage) == 0).ToHashSet(),
            _adversary.Drawn(Direction.Backward, iteration, attempt).Where(stage => seatOf(stage) == 0).ToHashSet());
    }

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
        var guilty = Guilty(lies, block, act);
        if (guilty.Length == 2 && Collude(lies, block)) return [];
        // What both have and neither shows convicts both.
        return guilty.Length > 0 && Hides(lies, block) && Hides(lies, Next(block)) ? Convict(act, block, Next(block)) : Convict(act, guilty);
    }

    // The holders of a block that state what it did not give.
    private int[] Guilty(AttemptLies lies, int block, Act act)
    {
        var (owner, copier) = (block, Next(block));
        var guilty = new List<int>();
        if (lies.Attacks(owner, act) || lies.By(owner).Any(liar => StatesFalselyOfItsBlock(liar, act, block))) guilty.Add(owner);
        if (lies.By(copier).Any(liar => StatesFalselyOfItsCopy(liar, act, block))) guilty.Add(copier);
        else if (lies.CoveredBy(copier).Any(liar => StatesFalselyOfItsBlock(liar, act, block))) guilty.Add(copier);
        return [.. guilty];
    }

    // They say the same by one entry; what becomes of weights that are not stepped, or stepped the other way, is the same by any.
    private bool Collude(AttemptLies lies, int block) =>
        lies.By(block).Any(liar => lies.CoveredBy(Next(block)).Any(cover => liar == cover || (liar.Kind == cover.Kind && liar is NoStep or Ascent)));

    private bool StatesFalselyOfItsBlock(Liar liar, Act act, int block) => liar switch
    {
        FalseClaim said => act == said.Act && act != Act.Sum,
        Collude said => act == said.Act,
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
    private IEnumerable<DueRuling> Step(AttemptLies lies, int owner, int copier)
    {
        var guilty = GuiltyOfStep(lies, owner, copier);
        return guilty.Length == 0 || (guilty.Length == 2 && Collude(lies, owner)) ? [] : Heard(lies, Act.Step, owner, copier, guilty);
    }

    // Sums and step, whether or not holders differ about them.
    private IEnumerable<DueRuling> AuditedStep(AttemptLies lies, int owner, int copier) =>
        Heard(lies, Act.Sum, owner, copier, Guilty(lies, owner, Act.Sum)).Concat(Heard(lies, Act.Step, owner, copier, GuiltyOfStep(lies, owner, copier)));

    private static IEnumerable<DueRuling> Heard(AttemptLies lies, Act act, int owner, int copier, int[] guilty) =>
        !Hides(lies, copier) ? Convict(act, guilty) : Hides(lies, owner) ? Convict(act, owner, copier) : Convict(act, copier);

    private static int[] GuiltyOfStep(AttemptLies lies, int owner, int copier)
    {
        var guilty = new List<int>();
        if (lies.By(owner).Any(IsOfStep)) guilty.Add(owner);
        if (lies.By(copier).Any(liar => liar is Frame { Act: Act.Step }) || lies.CoveredBy(copier).Any(IsOfStep)) guilty.Add(copier);
        return [.. guilty];

        static bool IsOfStep(Liar liar) => liar is NoStep or Ascent or FalseDigest;
    }

    private static bool Hides(AttemptLies lies, int stage) => lies.By(stage).OfType<Hide>().Any();

    private static IEnumerable<DueRuling> Convict(Act act, params int[] stages) => stages.Select(stage => new DueRuling(act, stage, null));

    // Who lies in an attempt: the liars by stage, those whose lie a stage covers, and the stages that send something else than they have computed,
    // alike on both links.
    private sealed record AttemptLies(ILookup<int, Liar> Liars, ILookup<int, Liar> Covered, IReadOnlySet<int> Forward, IReadOnlySet<int> Backward)
    {
        public IEnumerable<Liar> By(int stage) => Liars[stage];

        public IEnumerable<Liar> CoveredBy(int stage) => Covered[stage];

        public bool Attacks(int stage, Act act) =>
            (act == Act.Forward && Forward.Contains(stage)) || (act == Act.Backward && Backward.Contains(stage));
    }
}
