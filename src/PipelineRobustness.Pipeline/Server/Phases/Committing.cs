using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>Every holder steps from version n to n + 1 and answers with the digest of its new state.</summary>
internal sealed class Committing(PlacedStages placed, StepId work, AcceptedPass pass, Commit commit) : PlacedPhase(placed, work)
{
    // Of each stage its first report.
    private readonly Dictionary<int, Committed> _stepped = [];

    public IterationLedger Iteration => pass.Iteration;

    public Commit Commit => commit;

    /// <summary>What was stated of the pass; null where no referee is asked.</summary>
    public PassStatements? Stated => pass.Statements;

    public override string WaitingFor => $"the commit of iteration {Iteration.Iteration} by {Placed.Except(_stepped)}";

    /// <summary>State digest of each block after the step.</summary>
    public ImmutableArray<UInt128> Digests => [.. Rules.AllStages.Select(stage => _stepped[stage].Own)];

    /// <summary>Blocks whose copy has another state than the original.</summary>
    public ImmutableSortedSet<int> Stale => StaleCopies.After(pass, _stepped);

    /// <summary>Those among them for which there is no reason.</summary>
    public ImmutableSortedSet<int> Wrong => Stale.Except(StaleCopies.Excused(pass));

    /// <summary>
    /// Where a referee is asked: the steps of blocks whose holders report different states, and sums and steps of those that are audited.
    /// </summary>
    /// <param name="before">State digest of each block before the step.</param>
    public ImmutableArray<Hearing> Heard(ImmutableArray<UInt128> before)
    {
        ImmutableSortedSet<int> audited = [.. Audited];
        return [.. audited.Union(Disputed).SelectMany(block => audited.Contains(block) ? [OfSums(block), OfStep(block)] : new[] { OfStep(block) })];

        Hearing OfSums(int block) => Hearing.OfSums(block, pass.Statements!, before[block]);

        Hearing OfStep(int block) =>
            Hearing.OfStep(block, pass.Statements!, before[block], Digests[block], OfCopy(block));
    }

    // What the holder of a block's copy reports, where there are copies.
    private UInt128? OfCopy(int block) => Rules.Ring!.HasCopies ? _stepped[Rules.HolderOfCopy(block)].Copy ?? default : null;

    private IEnumerable<int> Disputed =>
        StepRules.Breaches(Rules.Ring!, Digests, [.. Rules.AllStages.Select(stage => _stepped[stage].Copy ?? default)])
            .Select(breach => ((RuleBreach.DisputedBlock)breach).Dispute.Block);

    private IEnumerable<int> Audited =>
        Iteration.Audits.Step is { } key ? AuditDraw.Steps(key, Rules.Ring!, Rules.Plan.Defence.Audit.Steps) : [];

    /// <summary>
    /// What is not finite in the state of the first block of which that is so. A block whose copy differs without a reason does not count:
    /// its memory has changed.
    /// </summary>
    public NumberNotFinite? NotFinite =>
        _stepped.Values.Where(IsNotFinite).MinBy(stepped => stepped.Stage) is { } found
            ? new NumberNotFinite(Iteration.Iteration, found.Stage, NotFinitePart.State, found.NotFinite!) : null;

    // Where a referee is asked all holders of a block must say so.
    private bool IsNotFinite(Committed stepped) => stepped.NotFinite is not null && !Wrong.Contains(stepped.Stage)
        && (Rules.Ring is not { HasCopies: true } || _stepped[Rules.HolderOfCopy(stepped.Stage)].CopyNotFinite == stepped.NotFinite);

    public override Transition? Begin(Outbox outbox)
    {
        outbox.ToStages(Placed.Stages, commit);
        return null;
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        switch (input.Message)
        {
            case Committed stepped:
                _stepped.TryAdd(stepped.Stage, stepped);
                return _stepped.Count < Rules.Plan.Stages ? Transition.Stay.Instance : End(outbox);
            case AuditKeyDrawn drawn:
                Iteration.Audits = Iteration.Audits with { Step = drawn.Key };
                return new Transition.Stepped(this);
            default:
                return null;
        }
    }

    // Only when every state is reported: nobody knows before whose step is worked again.
    private Transition End(Outbox outbox)
    {
        if (Rules.Plan.Defence.Audit.Steps == 0) return new Transition.Stepped(this);
        outbox.Add(new Effect.DrawAudits(Step, AuditKind.Step));
        return Transition.Stay.Instance;
    }
}
