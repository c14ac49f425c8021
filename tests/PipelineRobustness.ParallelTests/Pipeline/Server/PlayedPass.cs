using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>What a stage that a test plays may say or do otherwise than it should.</summary>
internal enum Said
{
    SentToNeighbour,
    SentOverJump,
    GradientToNeighbour,
    SentTied,
    Came,
    Jumped,
    Sent,
    Copy,
    GradientCame,
    GradientSent,
    GradientOfCopy,
    TiedPart,
    OtherPart,
    TiedPartOfCopy,
    OtherPartOfCopy,
    Sums,
    SumsOfCopy,
    Step,
    StepOfCopy,
    Digest,
    DigestOfCopy,
    Given,
    Received,
    Collected,
    Shown,
}

/// <summary>An occasion on which a stage says something.</summary>
/// <param name="Work">The step.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Seat">How often it was convicted before.</param>
/// <param name="What">What it says.</param>
/// <param name="MicroBatch">Of which micro-batch; of an exhibit and a transfer, the block.</param>
internal readonly record struct Saying(StepId Work, int Stage, int Seat, Said What, int MicroBatch);

/// <summary>What blocks make of what they are given: values are claims. The same for a stage and the referee.</summary>
internal static class Truth
{
    public static Claim Tokens(StepId work, int microBatch) => Of($"tokens {work.Iteration} {microBatch}");

    public static Claim Output(int block, Claim input, Claim state) => Of($"output {block} {input} {state}");

    public static Claim Gradient(int block, Claim input, Claim? gradient, Claim state) => Of($"gradient {block} {input} {gradient} {state}");

    public static Claim TiedPart(int block, IEnumerable<Claim> inputs, IEnumerable<Claim?> gradients, Claim state) =>
        Of($"tied {block} {string.Join(' ', inputs)} {string.Join(' ', gradients)} {state}");

    public static HolderReport Sums(int block, IEnumerable<Claim> inputs, IEnumerable<Claim?> gradients, Claim? otherPart, Claim state)
    {
        var sums = Of($"sums {block} {string.Join(' ', inputs)} {string.Join(' ', gradients)} {otherPart} {state}");
        return new HolderReport(block, [1 + (double)(sums.Low % 97)], sums.High);
    }

    public static Claim Of(string name) => Claim.Read(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}

/// <summary>A pass whose values are claims: what every stage was sent, and made of it, and states.</summary>
internal sealed class PlayedPass
{
    private readonly Ring _ring;
    private readonly StepId _work;
    private readonly Rulings _rulings;
    private readonly Func<Saying, Claim, Claim> _says;
    private readonly double _loss;
    private readonly Held[] _own;
    private readonly Held[] _copy;
    private readonly Claim?[] _others;

    /// <summary>Plays a pass.</summary>
    /// <param name="ring">The pipeline.</param>
    /// <param name="begin">The order to begin it.</param>
    /// <param name="own">State of each block at its owner.</param>
    /// <param name="copy">State of each block at the holder of its copy.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="says">What a stage says in place of what is so.</param>
    public PlayedPass(Ring ring, BeginPass begin, UInt128[] own, UInt128[] copy, double loss, Func<Saying, Claim, Claim> says)
    {
        (_ring, _work, _rulings, _loss, _says) = (ring, begin.Work, begin.Rulings, loss, says);
        _own = [.. own.Select(state => new Held(Claim.OfState(state), ring.MicroBatches))];
        _copy = [.. copy.Select(state => new Held(Claim.OfState(state), ring.MicroBatches))];
        _others = new Claim?[3];
        var relayed = begin.Rulings.RelayedLinks;
        for (var m = 0; m < ring.MicroBatches; m++)
        {
            foreach (var block in ring.Blocks) Forward(block, m, relayed);
            foreach (var block in ring.Blocks.Reverse()) Backward(block, m, relayed);
        }

        if (ring.IsTied) Exchange(relayed);
    }

    /// <summary>What went over relayed links.</summary>
    public List<TensorRelayed> Relayed { get; } = [];

    /// <summary>What a stage states.</summary>
    public Statement StatementOf(int stage)
    {
        var (own, copy, copied) = (_own[stage], _copy[_ring.CopiedBy(stage)], _ring.CopiedBy(stage));
        var (forward, backward) = (ImmutableArray.CreateBuilder<ForwardClaims>(), ImmutableArray.CreateBuilder<BackwardClaims>());
        for (var m = 0; m < _ring.MicroBatches; m++)
        {
            forward.Add(new ForwardClaims(
                stage == 0 ? null : Says(stage, Said.Came, m, own.Inputs[m]), copied == 0 ? null : Says(stage, Said.Jumped, m, copy.Inputs[m]),
                Says(stage, Said.Sent, m, own.Outputs[m]), Says(stage, Said.Copy, m, copy.Outputs[m])));
            backward.Add(new BackwardClaims(
                own.Gradients[m] is { } came ? Says(stage, Said.GradientCame, m, came) : null,
                own.InputGradients[m] is { } sent ? Says(stage, Said.GradientSent, m, sent) : null,
                copy.InputGradients[m] is { } made ? Says(stage, Said.GradientOfCopy, m, made) : null));
        }

        var (ownOther, copyOther) = (Other(stage, stage), Other(stage, copied));
        return new Statement(
            stage, forward.ToImmutable(), backward.ToImmutable(),
            Sums(stage, stage, own, ownOther, ownOther, Said.TiedPart, Said.OtherPart, Said.Sums),
            Sums(stage, copied, copy, copyOther, stage == 0 ? null : copyOther, Said.TiedPartOfCopy, Said.OtherPartOfCopy, Said.SumsOfCopy));
    }

    /// <summary>What a stage has of what it worked on; null for what it does not have.</summary>
    public Claim? Exhibit(int stage, ExhibitKey key)
    {
        var held = key.Block == stage ? _own[stage] : _copy[key.Block];
        return key.Kind switch
        {
            ExhibitKind.Input => held.Inputs[key.MicroBatch],
            ExhibitKind.Gradient => held.Gradients[key.MicroBatch],
            ExhibitKind.OtherPart => Other(stage, key.Block),
            _ => null,
        };
    }

    private void Forward(int block, int m, ImmutableHashSet<StageLink> relayed)
    {
        var (own, copy) = (_own[block], _copy[block]);
        if (block == 0)
        {
            own.Inputs[m] = copy.Inputs[m] = Truth.Tokens(_work, m);
        }
        else
        {
            StageLink[] links = [.. _ring.Inputs(block)];
            own.Inputs[m] = Sends(links[0], m, Said.SentToNeighbour, _own[block - 1].Outputs[m], relayed);
            copy.Inputs[m] = Sends(links[1], m, Said.SentOverJump, _own[block - 1].Outputs[m], relayed);
        }

        foreach (var held in (Held[])[own, copy]) held.Outputs[m] = Truth.Output(block, held.Inputs[m], held.State);
    }

    private void Backward(int block, int m, ImmutableHashSet<StageLink> relayed)
    {
        var (own, copy) = (_own[block], _copy[block]);
        if (block < _ring.Last)
        {
            // The holder of the copy is the next stage, which works with the gradient that it made itself.
            copy.Gradients[m] = _own[block + 1].InputGradients[m]!.Value;
            own.Gradients[m] = Sends(_ring.Gradients(block).Single(), m, Said.GradientToNeighbour, copy.Gradients[m]!.Value, relayed);
        }

        if (!Ring.HasInputGradient(block)) return;
        foreach (var held in (Held[])[own, copy]) held.InputGradients[m] = Truth.Gradient(block, held.Inputs[m], held.Gradients[m], held.State);
    }

    private void Exchange(ImmutableHashSet<StageLink> relayed)
    {
        foreach (var block in (int[])[0, _ring.Last])
        {
            foreach (var held in (Held[])[_own[block], _copy[block]])
                held.Part = Truth.TiedPart(block, held.Inputs, held.Gradients, held.State);
        }

        StageLink[] links = [.. _ring.TiedParts];
        for (var i = 0; i < links.Length; i++)
            _others[i] = Sends(links[i], null, Said.SentTied, _own[links[i].From].Part!.Value, relayed);
    }

    // Of stage 0 the other part of its copy is its own.
    private Claim? Other(int stage, int block) => !_ring.HasTiedPart(block) ? null
        : block == _ring.Last ? (stage == 0 ? _own[0].Part : _others[0])
        : stage == 0 ? _others[1] : _others[2];

    private BlockSums Sums(int stage, int block, Held held, Claim? worked, Claim? states, Said part, Said other, Said sums)
    {
        var report = Truth.Sums(block, held.Inputs, held.Gradients, worked, held.State);
        return new BlockSums(
            report with { Digest = Says(stage, sums, 0, Claim.OfState(report.Digest)).High },
            held.Part is { } own ? Says(stage, part, 0, own) : null, states is { } came ? Says(stage, other, 0, came) : null,
            block == _ring.Last ? _loss : null);
    }

    private Claim Sends(StageLink link, int? m, Said what, Claim honest, ImmutableHashSet<StageLink> relayed)
    {
        var sent = Says(link.From, what, m ?? 0, honest);
        if (relayed.Contains(link)) Relayed.Add(new TensorRelayed(_work, link, m, sent));
        return sent;
    }

    private Claim Says(int stage, Said what, int m, Claim honest) => _says(new Saying(_work, stage, _rulings.SeatOf(stage), what, m), honest);

    private sealed class Held(Claim state, int microBatches)
    {
        public Claim State => state;

        public Claim[] Inputs { get; } = new Claim[microBatches];

        public Claim[] Outputs { get; } = new Claim[microBatches];

        public Claim?[] Gradients { get; } = new Claim?[microBatches];

        public Claim?[] InputGradients { get; } = new Claim?[microBatches];

        public Claim? Part { get; set; }
    }
}

/// <summary>The referee of a played run.</summary>
internal static class PlayedReferee
{
    /// <summary>What comes out in a hearing.</summary>
    public static Claim Work(StepId work, Hearing hearing, Ring ring, double loss)
    {
        var (block, value, microBatch) = hearing.Dispute;
        int[] microBatches = microBatch is { } one ? [one] : [.. Enumerable.Range(0, ring.MicroBatches)];
        var shown = hearing.Needed.ToDictionary(exhibit => exhibit.Key, exhibit => exhibit.Claim);
        var state = hearing.Needed[0].Claim;
        Claim[] inputs = [.. microBatches.Select(m => block == 0 ? Truth.Tokens(work, m) : shown[new ExhibitKey(block, ExhibitKind.Input, m)])];
        Claim?[] gradients = [.. microBatches.Select(m => Shown(ExhibitKind.Gradient, m))];
        switch (value)
        {
            case DisputedValue.Output: return Truth.Output(block, inputs[0], state);
            case DisputedValue.InputGradient: return Truth.Gradient(block, inputs[0], gradients[0], state);
            case DisputedValue.TiedPart: return Truth.TiedPart(block, inputs, gradients, state);
            case DisputedValue.Step: return Claim.OfState(ScriptedStage.Digest(work.Iteration + 1, block));
            default:
                var report = Truth.Sums(block, inputs, gradients, Shown(ExhibitKind.OtherPart, 0), state);
                return new BlockSums(report, null, null, block == ring.Last ? loss : null).ToClaim();
        }

        Claim? Shown(ExhibitKind kind, int m) => shown.TryGetValue(new ExhibitKey(block, kind, m), out var claim) ? claim : null;
    }
}
