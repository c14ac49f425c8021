using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>
/// Who lies in an attempt, and what is said then: a function of (seed, entry, iteration, attempt), so that a retry meets the same
/// lies. Two stages tell a lie that is covered: one of its block, and the holder of the copy of its copy.
/// </summary>
internal sealed class Lies(ulong seed, int stages, IReadOnlyList<Liar> liars, LinearSchedule? rates)
{
    /// <summary>The stages that lie by an entry, ascending.</summary>
    public IReadOnlyList<int> Drawn(int entry, long iteration, int attempt)
    {
        var liar = liars[entry];
        if (!liar.IsDue(iteration) || (liar.NeedsLearningRate && rates?.At(iteration) == 0)) return [];
        if (SeededRandom.Unit(SeededRandom.Key(seed, "liar", entry, iteration, attempt)) >= liar.Rate) return [];
        return [.. liar.Stage.Select(word => StageWord.Stage(word, stages) ?? Any(liar, entry, iteration, attempt)).OfType<int>().Distinct().Order()];
    }

    /// <summary>What a stage sends, or states.</summary>
    public Tensor Say(SendContext context, Tensor honest)
    {
        var isOfCopy = context.Part is StatementPart.Copy or StatementPart.CopyTiedPart;
        var said = honest;
        foreach (var (entry, liar, stage) in At(context.Iteration, context.Attempt, context.Stage, context.Seat, isOfCopy))
        {
            var told = stage == context.Stage ? context : context with { Stage = stage, Part = PartOfOwner(context.Part) };
            var key = Key(entry, Acts.Of(context), context.Iteration, context.Attempt, stage, context.MicroBatch);
            var next = liar.Say(told, said, key, new EntryMemory(context, Owner(entry, context)));
            if (ReferenceEquals(next, said)) continue;
            if (!ReferenceEquals(said, honest)) said.Dispose();
            said = next;
        }

        return said;
    }

    /// <summary>Whether what a stage computes in an attempt is false, since it works on false labels.</summary>
    public bool IsByFalseLabels(SendContext context) =>
        At(context.Iteration, context.Attempt, context.Stage, context.Seat, isOfCopy: false).Any(one => one.Liar.HasFalseLabels);

    /// <summary>The labels that the last stage works on.</summary>
    public Tensor Label(HeldContext context, int microBatch, Tensor honest)
    {
        var label = honest;
        foreach (var (entry, liar, held) in Of(context))
        {
            var next = liar.Label(held, microBatch, label, Key(entry, Act.Forward, held, microBatch));
            if (ReferenceEquals(next, label)) continue;
            if (!ReferenceEquals(label, honest)) label.Dispose();
            label = next;
        }

        return label;
    }

    /// <summary>What a holder of a block reports about its sums.</summary>
    public ReportedSums Report(HeldContext context, ReportedSums honest) =>
        Of(context).Aggregate(honest, (sums, one) => one.Liar.Report(one.Held, sums, Key(one.Entry, Act.Sum, one.Held)));

    /// <summary>Steps, or does something else; whether it was that.</summary>
    public bool Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest)
    {
        var (lied, stepped) = (false, honest);
        foreach (var (entry, liar, held) in Of(context))
        {
            var inner = stepped;
            stepped = () =>
            {
                if (liar.Update(held, state, inner, Key(entry, Act.Step, held))) lied = true;
            };
        }

        stepped();
        return lied;
    }

    /// <summary>The digest that a holder reports after a step.</summary>
    public UInt128 Digest(HeldContext context, UInt128 honest) =>
        Of(context).Aggregate(honest, (digest, one) => one.Liar.Digest(one.Held, digest, Key(one.Entry, Act.Step, one.Held)));

    /// <summary>Changes a state that is kept for the next iteration; whether anything was changed. After the last one all states are shown.</summary>
    public bool Keep(HeldContext context, IReadOnlyList<Tensor> state) => !(context.Iteration + 1 >= rates?.Total)
        && Of(context).Aggregate(false, (lied, one) => one.Liar.Keep(one.Held, state, Key(one.Entry, Act.Step, one.Held)) | lied);

    /// <summary>Changes a state that is given away; whether anything was changed.</summary>
    public bool Give(HeldContext context, IReadOnlyList<Tensor> state) =>
        Of(context).Aggregate(false, (lied, one) => one.Liar.Give(one.Held, state, Key(one.Entry, Act.Transfer, one.Held)) | lied);

    /// <summary>The digest that a holder reports of a state that it was given.</summary>
    public UInt128 Restored(HeldContext context, UInt128 honest) =>
        Of(context).Aggregate(honest, (digest, one) => one.Liar.Restored(one.Held, digest, Key(one.Entry, Act.Transfer, one.Held)));

    /// <summary>The digest that a holder reports of a state that it has built.</summary>
    public UInt128 Built(HeldContext context, UInt128 honest) =>
        Of(context).Aggregate(honest, (digest, one) => one.Liar.Built(one.Held, digest, Key(one.Entry, Act.Transfer, one.Held)));

    /// <summary>What is shown to the referee; null for nothing.</summary>
    public Tensor? Show(HeldContext context, int? microBatch, Tensor honest)
    {
        var shown = honest;
        foreach (var (entry, liar, held) in Of(context))
        {
            var next = liar.Show(held, microBatch, shown, Key(entry, Act.Statement, held, microBatch ?? 0));
            if (ReferenceEquals(next, shown)) continue;
            if (!ReferenceEquals(shown, honest)) shown.Dispose();
            if (next is null) return null;
            shown = next;
        }

        return shown;
    }

    /// <summary>The acts in which a stage lies in an attempt after its report of the pass, if it gets there.</summary>
    public IEnumerable<Act> AfterPass(long iteration, int attempt, int stage, int seat) =>
        At(iteration, attempt, stage, seat, isOfCopy: false).Concat(At(iteration, attempt, stage, seat, isOfCopy: true))
            .Select(one => one.Liar.AfterPass).OfType<Act>().Distinct();

    // The entries by which a stage lies, and about which stage's block: its own lies, or as cover the liar's.
    private IEnumerable<(int Entry, Liar Liar, int Stage)> At(long iteration, int attempt, int stage, int seat, bool isOfCopy)
    {
        foreach (var (entry, liar) in liars.Index().Where(one => one.Item.Seat == seat))
        {
            var drawn = Drawn(entry, iteration, attempt);
            if (drawn.Contains(stage)) yield return (entry, liar, stage);
            var copied = Places.CopiedBy(stage, stages);
            if (isOfCopy && liar.IsCovered && drawn.Contains(copied)) yield return (entry, liar, copied);
        }
    }

    private IEnumerable<(int Entry, Liar Liar, HeldContext Held)> Of(HeldContext context) =>
        At(context.Iteration, context.Attempt, context.Stage, context.Seat, context.Block != context.Stage)
            .Select(one => (one.Entry, one.Liar, context with { Stage = one.Stage }));

    private int? Any(Liar liar, int entry, long iteration, int attempt)
    {
        int[] able = [.. Enumerable.Range(0, stages).Where(stage => liar.IsPossible(stage, stages))];
        return able.Length == 0 ? null : able[SeededRandom.Below(SeededRandom.Key(seed, "liar-stage", entry, iteration, attempt), able.Length)];
    }

    private ulong Key(int entry, Act act, HeldContext held, int microBatch = 0) =>
        Key(entry, act, held.Iteration, held.Attempt, held.Stage, microBatch, held.Block);

    private ulong Key(int entry, Act act, long iteration, int attempt, int stage, int microBatch, int block = 0) =>
        SeededRandom.Key(seed, "liar-lie", entry, (long)act, iteration, attempt, stage, microBatch, block);

    private static string Owner(int entry, SendContext context) => $"liar {entry} {Acts.Of(context)}";

    private static StatementPart? PartOfOwner(StatementPart? part) => part switch
    {
        StatementPart.Copy => StatementPart.Sent,
        StatementPart.CopyTiedPart => StatementPart.TiedPart,
        _ => part,
    };
}
