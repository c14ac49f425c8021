using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>
/// An entry of <c>attack.liars</c>: a stage that sends, states, reports, keeps, gives or shows something false, and how often. A new
/// liar is one record in this folder, which <see cref="LiarCatalog"/> finds by its <see cref="Kind"/>; it overrides what it lies in,
/// and its properties with a <see cref="SettingAttribute"/> are its options.
/// </summary>
/// <remarks>
/// All that is random in a lie comes from the key, which is the same for all that concerns one act, micro-batch and stage; a lie is
/// then the same in a replay. What it remembers within an attempt is in its <see cref="IAttackMemory"/>.
/// </remarks>
public abstract record Liar
{
    /// <summary>The value of <c>kind</c> that chooses it.</summary>
    public abstract string Kind { get; }

    /// <summary>Probability of a lie in each attempt at an iteration.</summary>
    [Setting(0, 1)]
    public double Rate { get; init; } = 1;

    /// <summary>The stages that lie; any: one is drawn for each attempt. Of a list, each of them lies.</summary>
    [SettingList<StageWord>]
    public IReadOnlyList<string> Stage { get; init; } = [StageWord.Any];

    /// <summary>Which holder of the stage's seat lies: how often the stage was convicted before. All others tell the truth.</summary>
    [Setting(0, 1_000_000)]
    public int Seat { get; init; }

    /// <summary>The first iteration with lies.</summary>
    [Setting(0, 1_000_000_000)]
    public long From { get; init; }

    /// <summary>The iteration before which the lies end; 0: they do not end.</summary>
    [Setting(0, 1_000_000_000)]
    public long? Until { get; init; }

    /// <summary>Whether the stage behind, which holds a copy of the liar's block, says the same of its copy.</summary>
    public virtual bool IsCovered => false;

    /// <summary>Whether it is about the gradient of a tied matrix, so that a model without one leaves it nothing to lie about.</summary>
    public virtual bool NeedsTiedMatrix => false;

    /// <summary>Whether it is about a copy, or what is sent for one, so that a run without copies leaves it nothing to lie about.</summary>
    public virtual bool NeedsCopies => false;

    /// <summary>Whether it lies in how weights move alone, so that a learning rate of 0 leaves it nothing to lie about.</summary>
    public virtual bool NeedsLearningRate => false;

    /// <summary>Whether it lies in its own block's step, so that a block that is never stepped leaves it nothing to lie about.</summary>
    public virtual bool NeedsStep => false;

    /// <summary>The earlier run whose weights it uses; null for none.</summary>
    public virtual string? OtherRun => null;

    /// <summary>The same liar, with what it may know of its run.</summary>
    public virtual Liar Informed(AttackerKnowledge knowledge) => this;

    /// <summary>Whether it may lie in an iteration.</summary>
    public virtual bool IsDue(long iteration) => iteration >= From && !(iteration >= Until);

    /// <summary>Whether a stage has anything to lie about.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="stages">Stages of the pipeline.</param>
    public virtual bool IsPossible(int stage, int stages) => true;

    /// <summary>
    /// The act in which it lies when its stage's report of the pass is sent already, so that the report cannot note it; null where
    /// it lies within the pass. <see cref="Act.Statement"/> stands for all that it shows the referee.
    /// </summary>
    public virtual Act? AfterPass => null;

    /// <summary>What is wrong with its options taken together; null where nothing is.</summary>
    public virtual OptionError? Contradiction => null;

    /// <summary>What it says in place of a tensor that it sends, or states.</summary>
    /// <returns><paramref name="honest"/> itself, or a new tensor outside of every scope; <paramref name="honest"/> is never written to.</returns>
    public virtual Tensor Say(SendContext context, Tensor honest, ulong key, IAttackMemory memory) => honest;

    /// <summary>
    /// Whether it works on false labels (<see cref="Label"/>): what the last stage sends is then false, though it is what was computed.
    /// </summary>
    public virtual bool HasFalseLabels => false;

    /// <summary>The labels that the last stage works on.</summary>
    /// <returns><paramref name="honest"/> itself, or a new tensor outside of every scope; <paramref name="honest"/> is never written to.</returns>
    public virtual Tensor Label(HeldContext context, int microBatch, Tensor honest, ulong key) => honest;

    /// <summary>What it reports in place of its sums.</summary>
    public virtual ReportedSums Report(HeldContext context, ReportedSums honest, ulong key) => honest;

    /// <summary>What it does in place of a step.</summary>
    /// <returns>Whether that is something else than the step.</returns>
    public virtual bool Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest, ulong key)
    {
        ArgumentNullException.ThrowIfNull(honest);
        honest();
        return false;
    }

    /// <summary>The digest that it reports after a step.</summary>
    public virtual UInt128 Digest(HeldContext context, UInt128 honest, ulong key) => honest;

    /// <summary>Changes the state that it keeps for the next iteration, once it has reported its digest.</summary>
    /// <returns>Whether it changed anything.</returns>
    public virtual bool Keep(HeldContext context, IReadOnlyList<Tensor> state, ulong key) => false;

    /// <summary>Changes a state that it gives away.</summary>
    /// <returns>Whether it changed anything.</returns>
    public virtual bool Give(HeldContext context, IReadOnlyList<Tensor> state, ulong key) => false;

    /// <summary>The digest that it reports of a state that it was given, and has restored.</summary>
    public virtual UInt128 Restored(HeldContext context, UInt128 honest, ulong key) => honest;

    /// <summary>The digest that it reports of a state that its block was built with.</summary>
    public virtual UInt128 Built(HeldContext context, UInt128 honest, ulong key) => honest;

    /// <summary>What it shows the referee; null for nothing.</summary>
    /// <returns><paramref name="honest"/> itself, or a new tensor outside of every scope; <paramref name="honest"/> is never written to.</returns>
    public virtual Tensor? Show(HeldContext context, int? microBatch, Tensor honest, ulong key) => honest;

    /// <summary>Whether all settings are the same.</summary>
    public virtual bool Equals(Liar? other) => other is not null && EqualityContract == other.EqualityContract
        && (Rate, Seat, From, Until) == (other.Rate, other.Seat, other.From, other.Until) && Stage.SequenceEqual(other.Stage);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(EqualityContract, Rate, Seat, From, Until, Stage.Count);

    /// <summary>Whether the stage holds a copy of the block, rather than the block itself.</summary>
    protected static bool IsCopy(HeldContext context) => context.Block != context.Stage;

    /// <summary>A tensor like the honest one that has nothing to do with it.</summary>
    protected static Tensor Other(Tensor honest, ulong key) => Noise.Like(honest, key);

    /// <summary>Another digest.</summary>
    protected static UInt128 Other(UInt128 honest, ulong key) => honest ^ new UInt128(key, 1);
}
