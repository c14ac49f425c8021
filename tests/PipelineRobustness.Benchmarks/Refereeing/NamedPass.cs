using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// A pass of a pipeline whose values are names: what its stages compute, send and state, where some lie. What an honest stage does is
/// what the real one does; a liar sends and states what it likes.
/// </summary>
public sealed class NamedPass
{
    private readonly IReadOnlyDictionary<int, NamedBehaviour> _liars;
    private readonly IReadOnlySet<StageLink> _relayed;
    private readonly Dictionary<(StageLink, int), ulong> _sent = [];
    private readonly ForwardClaims[,] _forward;
    private readonly BackwardClaims[,] _backward;

    // By block and micro-batch: what owner and holder of the copy worked on.
    private readonly (ulong Input, ulong Gradient)[,] _own;
    private readonly (ulong Input, ulong Gradient)[,] _copy;
    private readonly NamedTruth _truth;

    /// <summary>Works a pass.</summary>
    /// <param name="truth">The pipeline, and what its values are where nobody lies.</param>
    /// <param name="liars">The stages that lie.</param>
    /// <param name="relayed">The links that are relayed.</param>
    public NamedPass(NamedTruth truth, IReadOnlyDictionary<int, NamedBehaviour> liars, IReadOnlySet<StageLink> relayed)
    {
        (_truth, _liars, _relayed) = (truth, liars, relayed);
        var (stages, microBatches) = (Ring.Stages, Ring.MicroBatches);
        (_forward, _backward) = (new ForwardClaims[stages, microBatches], new BackwardClaims[stages, microBatches]);
        (_own, _copy) = (new (ulong, ulong)[stages, microBatches], new (ulong, ulong)[stages, microBatches]);
        for (var m = 0; m < microBatches; m++)
        {
            foreach (var block in Ring.Blocks) WorkForward(block, m);
            foreach (var block in Ring.Blocks) CopyForward(block, m);
            foreach (var block in Ring.Blocks.Reverse()) WorkBackward(block, m);
            foreach (var block in Ring.Blocks.Reverse()) CopyBackward(block, m);
        }

        var sums = new NamedSums(this);
        Statements = new(
            Ring,
            [.. Ring.Blocks.Select(stage => new Statement(stage, [.. Row(_forward, stage)], [.. Row(_backward, stage)], sums.Own[stage], sums.Copy[stage]))],
            _sent.Where(sent => relayed.Contains(sent.Key.Item1)).ToImmutableDictionary(sent => sent.Key, sent => Name.ToClaim(sent.Value)));
    }

    /// <summary>The pipeline.</summary>
    public Ring Ring => _truth.Ring;

    /// <summary>What the server learns.</summary>
    public PassStatements Statements { get; }

    /// <summary>What the values are where nobody lies.</summary>
    public NamedTruth Truth => _truth;

    /// <summary>What a block's owner worked on.</summary>
    public IEnumerable<(ulong Input, ulong Gradient)> WorkedOn(int block) => Row(_own, block);

    /// <summary>What the holder of its copy worked on.</summary>
    public IEnumerable<(ulong Input, ulong Gradient)> CopyWorkedOn(int block) => Row(_copy, block);

    /// <summary>What went over a link.</summary>
    public ulong Sent(StageLink link, int microBatch = 0) => _sent[(link, microBatch)];

    /// <summary>A stage sends something over a link.</summary>
    public void Send(StageLink link, int microBatch, ulong value) => _sent[(link, microBatch)] = value;

    /// <summary>Whether other sums are stated, or other losses, than an honest pipeline's.</summary>
    public bool IsWrong => Ring.Blocks.Any(block => Statements.Statements[block].Own.Report.Digest != _truth.Sums(block))
        || Enumerable.Range(0, Ring.MicroBatches).Any(m => Statements.Output(Ring.Last, m) != Name.ToClaim(_truth.Output(Ring.Last, m)));

    /// <summary>Whether both holders of some block lie, and made the same false claim about it.</summary>
    public bool IsCovered => Ring.Blocks.Any(block => Lies(block) && Lies(Ring.CopyHolderOf(block)) && FalseClaims(block).Any());

    /// <summary>
    /// Whether a stage shows an exhibit: an honest one where it has it, a liar anything that it is asked for, unless it hides all.
    /// </summary>
    public bool Shows(int stage, Exhibit exhibit)
    {
        ArgumentNullException.ThrowIfNull(exhibit);
        if (_liars.TryGetValue(stage, out var liar)) return !liar.Hides;
        var (block, kind, m) = exhibit.Key;
        var name = Name.Of(exhibit.Claim);
        var workedOn = stage == block ? _own : _copy;
        return kind switch
        {
            ExhibitKind.Input => workedOn[block, m].Input == name,
            ExhibitKind.Gradient => workedOn[block, m].Gradient == name,
            ExhibitKind.OtherPart => _sent.Any(sent => sent.Value == name && sent.Key.Item1.Link == Link.Tied && sent.Key.Item1.Joins(stage)),
            _ => true,
        };
    }

    /// <summary>Whether a stage lies.</summary>
    public bool Lies(int stage) => _liars.ContainsKey(stage);

    /// <summary>What a stage sends or states in a field.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="field">The field.</param>
    /// <param name="microBatch">The micro-batch.</param>
    /// <param name="honest">What it would be if the stage were honest.</param>
    /// <param name="truth">What it would be if all were.</param>
    /// <param name="claimed">What another has claimed of it, if any.</param>
    public ulong Say(int stage, Field field, int microBatch, ulong honest, ulong truth, ulong? claimed = null) =>
        !_liars.TryGetValue(stage, out var liar) ? honest : liar[field, microBatch] switch
        {
            Choice.Lie => Name.Lie(0),
            Choice.OtherLie => Name.Lie(1),
            Choice.Truth => truth,
            Choice.Claimed => claimed ?? honest,
            _ => honest,
        };

    /// <summary>What the other end of a link claims to have sent: on a relayed one, what the referee handed on.</summary>
    public ulong Claimed(StageLink link, int microBatch, ulong stated) => _relayed.Contains(link) ? Sent(link, microBatch) : stated;

    private IEnumerable<DisputedValue> FalseClaims(int block)
    {
        for (var m = 0; m < Ring.MicroBatches; m++)
        {
            if (AgreeOnOther(DisputedValue.Output, m, _truth.Output(block, m))) yield return DisputedValue.Output;
            if (block > 0 && AgreeOnOther(DisputedValue.InputGradient, m, _truth.Gradient(block - 1, m))) yield return DisputedValue.InputGradient;
        }

        if (Ring.HasTiedPart(block) && AgreeOnOther(DisputedValue.TiedPart, null, _truth.Part(block))) yield return DisputedValue.TiedPart;
        if (Statements.Values(DisputedValue.Sums, block, null) is var (own, copy) && own == copy
            && Statements.Statements[block].Own.Report.Digest != _truth.Sums(block)) yield return DisputedValue.Sums;

        bool AgreeOnOther(DisputedValue value, int? m, ulong truth) =>
            Statements.Values(value, block, m) is var (own, copy) && own == copy && own != Name.ToClaim(truth);
    }

    private void WorkForward(int block, int m)
    {
        var (input, truth) = (Name.Tokens(m), _truth.Output(block, m));
        Claim? came = null;
        foreach (var link in Ring.Inputs(block).Where(link => link.Link == Link.Neighbour))
        {
            input = Sent(link, m);
            var claimed = Claimed(link, m, Name.Of(_forward[block - 1, m].Sent));
            came = Name.ToClaim(Say(block, Field.StateCame, m, input, _truth.Output(block - 1, m), claimed));
        }

        _own[block, m].Input = input;
        var output = Name.Forward(block, input);
        if (block < Ring.Last)
        {
            var links = Ring.Inputs(block + 1).ToArray();
            Send(links[0], m, Say(block, Field.SendActivation, m, output, truth));
            Send(links[1], m, Say(block, Field.SendJump, m, output, truth));
            output = Sent(links[0], m);
        }

        _forward[block, m] = new(came, null, Name.ToClaim(Say(block, Field.StateSent, m, output, truth)), default);
    }

    private void CopyForward(int block, int m)
    {
        var (holder, input) = (Ring.CopyHolderOf(block), Name.Tokens(m));
        Claim? jumped = null;
        foreach (var link in Ring.Inputs(block).Where(link => link.Link == Link.Jump))
        {
            input = Sent(link, m);
            var claimed = Claimed(link, m, Name.Of(_forward[block - 1, m].Sent));
            jumped = Name.ToClaim(Say(holder, Field.StateJumped, m, input, _truth.Output(block - 1, m), claimed));
        }

        _copy[block, m].Input = input;
        var copy = Say(holder, Field.StateCopy, m, Name.Forward(block, input), _truth.Output(block, m), Name.Of(_forward[block, m].Sent));
        _forward[holder, m] = _forward[holder, m] with { Jumped = jumped, Copy = Name.ToClaim(copy) };
    }

    private void WorkBackward(int block, int m)
    {
        var gradient = Name.None;
        Claim? came = null;
        foreach (var link in Ring.Gradients(block))
        {
            gradient = Sent(link, m);
            var claimed = Claimed(link, m, Name.Of(_backward[block + 1, m].Sent!.Value));
            came = Name.ToClaim(Say(block, Field.StateCameGradient, m, gradient, _truth.Gradient(block, m), claimed));
        }

        _own[block, m].Gradient = gradient;
        Claim? sent = null;
        if (Ring.HasInputGradient(block))
        {
            var (link, truth) = (Ring.Gradients(block - 1).Single(), _truth.Gradient(block - 1, m));
            Send(link, m, Say(block, Field.SendGradient, m, Name.Backward(block, _own[block, m].Input, gradient), truth));
            sent = Name.ToClaim(Say(block, Field.StateSentGradient, m, Sent(link, m), truth));
        }

        _backward[block, m] = new(came, sent, null);
    }

    private void CopyBackward(int block, int m)
    {
        var holder = Ring.CopyHolderOf(block);
        // A copy works on the gradient that its holder sent: a liar that did otherwise would only convict itself.
        var gradient = _copy[block, m].Gradient = block < Ring.Last ? Sent(Ring.Gradients(block).Single(), m) : Name.None;
        if (!Ring.HasInputGradient(block)) return;
        var computed = Name.Backward(block, _copy[block, m].Input, gradient);
        var copy = Say(
            holder, Field.StateCopyGradient, m, computed, _truth.Gradient(block - 1, m), Name.Of(_backward[block, m].Sent!.Value));
        _backward[holder, m] = _backward[holder, m] with { Copy = Name.ToClaim(copy) };
    }

    private static IEnumerable<T> Row<T>(T[,] table, int row)
    {
        for (var column = 0; column < table.GetLength(1); column++) yield return table[row, column];
    }
}
