using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>
/// Injects faults into tiny runs, as torchft's injector does: <c>Faults.At(iteration: 1, stage: 2).Backward.Throw()</c>. A coordinate
/// that is not given matches any.
/// </summary>
internal static class Faults
{
    public static FaultPoint At(long? iteration = null, int? stage = null) => new() { Iteration = iteration, Stage = stage };
}

/// <summary>When, within its work on an iteration, a stage is at a fault's point.</summary>
internal enum FaultMoment
{
    /// <summary>Before it works on a micro-batch.</summary>
    Work,

    /// <summary>Before it hands a tensor over.</summary>
    Send,

    /// <summary>Before it reports its summed gradients.</summary>
    Prepared,

    /// <summary>After it has stepped.</summary>
    Committed,
}

/// <summary>Where and when a fault happens, and the ways to say which.</summary>
internal sealed record FaultPoint
{
    public long? Iteration { get; init; }

    public int? Stage { get; init; }

    private FaultMoment Moment { get; init; }

    private int? AttemptNumber { get; init; }

    private int? MicroBatchNumber { get; init; }

    private int? BlockNumber { get; init; }

    private Direction? Way { get; init; }

    private Link[]? Links { get; init; }

    private Func<SendContext, bool>? Condition { get; init; }

    private bool IsOnce { get; init; }

    public FaultPoint Forward => Going(Direction.Forward);

    public FaultPoint Backward => Going(Direction.Backward);

    public FaultPoint WhenSending => In(FaultMoment.Send);

    public FaultPoint AfterCommit => In(FaultMoment.Committed);

    /// <summary>The first time only, whatever is retried.</summary>
    public FaultPoint Once => this with { IsOnce = true };

    public FaultPoint In(FaultMoment moment) => this with { Moment = moment };

    public FaultPoint Going(Direction way) => this with { Way = way };

    public FaultPoint Attempt(int number) => this with { AttemptNumber = number };

    public FaultPoint MicroBatch(int number) => this with { MicroBatchNumber = number };

    public FaultPoint Block(int number) => this with { BlockNumber = number };

    public FaultPoint Over(params Link[] links) => this with { Links = links };

    public FaultPoint When(Func<SendContext, bool> condition) => this with { Condition = condition };

    public Fault Throw(string message = "out of memory") => Do(() => throw new InvalidOperationException(message));

    public Fault Do(Action action) => Do(_ => action());

    /// <summary>Runs an action on the stage's thread; the context is the default one unless the stage works on a micro-batch.</summary>
    public Fault Do(Action<WorkContext> action) => new(this) { Action = action };

    public Fault Withhold() => new(WhenSending) { Withheld = true };

    public Fault Send(Func<Tensor, Tensor> lie) => new(WhenSending) { Lie = lie };

    /// <summary>Multiplies one tensor of a block's state after a commit: 0 is a weight, 1 its first moment.</summary>
    public Fault Scale(double factor, int tensor = 0) => new(AfterCommit) { Factor = factor, Tensor = tensor };

    internal bool Happens(ref int times, FaultMoment moment, long iteration, int stage, Func<FaultPoint, bool> rest) =>
        Moment == moment && Fits(Iteration, iteration) && Fits(Stage, stage) && rest(this)
        && (Interlocked.Increment(ref times) == 1 || !IsOnce);

    internal bool Fits(SendContext context) => Fits(AttemptNumber, context.Attempt) && Fits(MicroBatchNumber, context.MicroBatch)
        && Fits(Way, context.Direction) && Links?.Contains(context.Link) != false && Condition?.Invoke(context) != false;

    internal bool Fits(WorkContext context) => Fits(AttemptNumber, context.Attempt) && Fits(MicroBatchNumber, context.MicroBatch)
        && Fits(Way, context.Direction) && (BlockNumber is null || BlockNumber == context.Block);

    internal bool FitsBlock(int block) => Fits(BlockNumber, block);

    private static bool Fits<T>(T? wanted, T found)
        where T : struct => wanted is null || EqualityComparer<T>.Default.Equals(wanted.Value, found);
}

/// <summary>What happens at a point. Everything else enters by <see cref="With"/>, or is honest.</summary>
internal sealed class Fault(FaultPoint point) : IStageBehaviour
{
    private IStageBehaviour _others = HonestBehaviour.Instance;
    private int _times;

    public Action<WorkContext>? Action { get; init; }

    public Func<Tensor, Tensor>? Lie { get; init; }

    public bool Withheld { get; init; }

    public double? Factor { get; init; }

    public int Tensor { get; init; }

    public bool Happened => _times > 0;

    public Fault With(IStageBehaviour others)
    {
        _others = others;
        return this;
    }

    public Tensor Send(SendContext context, Tensor honest)
    {
        if (Withheld || !At(FaultMoment.Send, context.Iteration, context.Stage, p => p.Fits(context))) return _others.Send(context, honest);
        Action?.Invoke(default);
        return Lie?.Invoke(honest).DetachFromDisposeScope() ?? honest;
    }

    public bool Withholds(SendContext context) =>
        (Withheld && At(FaultMoment.Send, context.Iteration, context.Stage, p => p.Fits(context))) || _others.Withholds(context);

    public void BeforeWork(WorkContext context)
    {
        _others.BeforeWork(context);
        if (At(FaultMoment.Work, context.Iteration, context.Stage, p => p.Fits(context))) Action?.Invoke(context);
    }

    public void BeforePrepared(long iteration, int stage)
    {
        _others.BeforePrepared(iteration, stage);
        if (At(FaultMoment.Prepared, iteration, stage, _ => true)) Action?.Invoke(default);
    }

    public string Note(long iteration, int attempt, int stage) => _others.Note(iteration, attempt, stage);

    public void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
    {
        _others.BetweenIterations(iteration, stage, block, state);
        if (!At(FaultMoment.Committed, iteration - 1, stage, p => p.FitsBlock(block))) return;
        Action?.Invoke(default);
        if (Factor is not { } factor) return;
        using var still = no_grad();
        state[Tensor].mul_(factor);
    }

    private bool At(FaultMoment moment, long iteration, int stage, Func<FaultPoint, bool> rest) =>
        point.Happens(ref _times, moment, iteration, stage, rest);
}
