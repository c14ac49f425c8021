using Akka.Actor;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// The server's referee, on a thread of its own: hashes what stages show, hands on what goes over relayed links, and works disputed
/// blocks itself, one piece per message. It owns the tensors that it is sent. What it does is ordered and judged by the coordinator.
/// </summary>
internal sealed class RefereeActor : ReceiveActor
{
    private readonly StageSetup _setup;
    private readonly ShownExhibits _shown = new();
    private readonly Queue<Effect.Hear> _open = [];

    // What the processor here gives; asked for with the first conviction.
    private UInt128? _fingerprint;

    // Signs where the node has no key of its own.
    private readonly NodeKey _drawn = NodeKey.Draw();

    // Of the first of the open hearings, once it has begun; until then of the one before, which may lead on to it.
    private Recomputation? _work;

    public RefereeActor(StageSetup setup)
    {
        _setup = setup;
        Receive<ExhibitShown>(Hash);
        Receive<StateShown>(Hash);
        Receive<Effect.HandOn>(HandOn);
        Receive<Effect.HandOnState>(HandOn);
        Receive<Effect.Hear>(Hear);
        Receive<NextPiece>(Work);
        Receive<Effect.Build>(Build);
        Receive<Effect.WriteEvidence>(Write);
        Receive<Effect.CloseHearings>(_ => Close());
    }

    /// <summary>The server's child; null where the remedy asks no referee.</summary>
    public static Props? For(StageSetup setup) =>
        setup.Remedy.IsRefereed ? Props.Create(() => new RefereeActor(setup)).WithDispatcher(Dispatchers.Stages) : null;

    protected override void PreStart() => _setup.BeginComputing();

    protected override void PostStop()
    {
        Close();
        _drawn.Dispose();
    }

    // An exception names what it failed on.
    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch (Exception e)
        {
            (message as IDisposable)?.Dispose();
            throw new StageException($"{What(message)}: {Lines.First(e)}", e);
        }
    }

    private static string What(object message) => message is NextPiece { Of: { Work: var work, Hearing.Dispute: var dispute } }
        ? $"{work}, {dispute.Value} of block {dispute.Block}"
        : message.GetType().Name;

    private static void Tell(IWorkMessage message) => Context.Parent.Tell(message);

    private void Hash(ExhibitShown shown)
    {
        if (!IsFirst(shown.Stage, shown.Key, shown)) return;
        var claim = shown.Value.ToClaim();
        _shown.Keep(shown.Key, claim, shown.Value);
        Tell(new ExhibitHashed(shown.Work, new ShownExhibit(shown.Stage, shown.Key, claim)));
    }

    private void Hash(StateShown shown)
    {
        if (!IsFirst(shown.Stage, shown.Key, shown)) return;
        // A state that no block can be restored from has no claim that counts.
        var claim = Claim.OfState(_setup.DigestOf(shown.Key.Block, shown.State));
        if (claim == default) shown.Dispose();
        else _shown.Keep(shown.Key, claim, shown.State);
        Tell(new ExhibitHashed(shown.Work, new ShownExhibit(shown.Stage, shown.Key, claim)));
    }

    private bool IsFirst(int stage, ExhibitKey key, ITensorMessage shown)
    {
        var isFirst = _shown.IsFirst(stage, key, shown);
        if (!isFirst) shown.Dispose();
        return isFirst;
    }

    // In the server's name: over a relayed link the receiver takes nothing from another.
    private void HandOn(Effect.HandOn order)
    {
        var sent = order.Sent.WithValueAlone();
        int? microBatch = sent.Link == Link.Tied ? null : sent.MicroBatch;
        var link = StageLink.Of(sent);
        Tell(new TensorRelayed(sent.Work, link, microBatch, sent.Value.ToClaim()));
        _setup.Ports.Transport.ToStage(order.Receiver, sent, Context.Parent);
    }

    // Original and copy of a block may both need it. In the server's name: what comes from another is taken for no transfer by way of it.
    private void HandOn(Effect.HandOnState order)
    {
        var state = _shown.State(order.Key, order.Claim).With(tensor => tensor.Share());
        _setup.Ports.Transport.ToStage(order.Receiver, new BlockTransfer(order.Work, order.Key.Block, order.To, state), Context.Parent);
    }

    // A checkpoint is on a disk, which may fail.
    private void Build(Effect.Build order)
    {
        UInt128? digest = null;
        try
        {
            using var built = _setup.Numerics.Build(order.Block, order.Origin);
            digest = built.Digest;
        }
        catch (Exception e) when (e is IOException or BadInputException)
        {
            // Answered by no digest.
        }

        Tell(new BlockBuilt(order.Work, order.Block, digest));
    }

    // Any failure is an answer: no stage is convicted without evidence.
    private void Write(Effect.WriteEvidence order)
    {
        string? error = null;
        try
        {
            foreach (var draft in order.Drafts) Write(draft);
        }
        catch (Exception e)
        {
            error = e is IOException ? Lines.OfMessage(e) : Lines.First(e);
        }

        Tell(new EvidenceWritten(order.Work, error));
    }

    private void Write(EvidenceDraft draft)
    {
        using var scope = NewDisposeScope();
        var (content, hearing) = (draft.Content, draft.Content.Hearing);
        var exhibits = hearing is null ? [] : Exhibits.Of(hearing, _setup.Ring, _shown, PassTokens.Of(_setup, content.Iteration));
        _fingerprint ??= content.Numbers.FingerprintOn(_setup.Ports.Device);
        content = content with { Weights = Exhibits.WeightsOf(hearing, _shown), Fingerprint = _fingerprint.Value };
        var key = _setup.Ports.Key ?? _drawn;
        _setup.Ports.Evidence!.Write(new EvidenceBundle(draft.Name, content, draft.Signatures, exhibits, key));
    }

    private void Hear(Effect.Hear order)
    {
        _open.Enqueue(order);
        if (_open.Count == 1) GoOn();
    }

    private void Work(NextPiece next)
    {
        // The hearing may have been closed.
        if (!_open.TryPeek(out var order) || !ReferenceEquals(order, next.Of)) return;
        // A step may be heard by a later server, in another step of its own.
        var (pass, dispute) = (order.Commit?.Work ?? order.Work, order.Hearing.Dispute);
        if (_work is { Result: not null }) GoOnTo(order);
        _work ??= Recomputation.Of(_setup, pass, order.Hearing, order.Commit, _shown);
        if (_work.Next is var (microBatch, direction))
        {
            _setup.Ports.Behaviour.BeforeHearing(new HearingContext(pass.Iteration, pass.Attempt, microBatch, direction, dispute.Block));
            _work.Advance();
        }

        if (_work.Result is { } result)
        {
            Tell(new Heard(order.Work, dispute, result));
            _open.Dequeue();
        }

        GoOn();
    }

    private void GoOn()
    {
        if (_open.TryPeek(out var order)) Self.Tell(new NextPiece(order));
    }

    private void GoOnTo(Effect.Hear order)
    {
        if (_work!.LeadsTo(order.Hearing)) _work.GoOn(order.Hearing, order.Commit is { } commit ? StepNumbers.Of(commit) : null);
        else End();
    }

    private void End()
    {
        _work?.Dispose();
        _work = null;
    }

    private void Close()
    {
        End();
        _open.Clear();
        _shown.Clear();
    }

    private sealed record NextPiece(Effect.Hear Of);
}
