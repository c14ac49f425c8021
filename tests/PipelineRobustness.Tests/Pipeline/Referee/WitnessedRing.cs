using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>All stages of a pipeline under the remedy referee, with the test in the server's place.</summary>
internal sealed class WitnessedRing
{
    private const string RunName = "rig";

    public static readonly Ballot Term = new(1, new NodeId("server"));

    private readonly TestKit _kit;
    private readonly TestProbe _server;
    private readonly IActorRef[] _stages;
    private readonly Recorder _recorder = new();
    private StageState[] _present = [];

    public WitnessedRing(TestKit kit, Rig rig, IStageBehaviour? behaviour = null, Rulings? placed = null)
    {
        _kit = kit;
        _server = kit.CreateTestProbe();
        rig = rig with { Remedy = "referee" };
        Ring = new Ring(rig.Stages, rig.MicroBatches, rig.Tied);
        var setup = new StageSetup(rig.Spec(new RunPorts { Transport = _recorder, Behaviour = behaviour ?? HonestBehaviour.Instance }));
        var (node, rulings) = (new NodeId("n"), placed ?? Rulings.None);
        _stages =
        [
            .. Enumerable.Range(0, rig.Stages)
                .Select(stage => new PlaceStage(Term, new RunKey(RunName, 0), stage, BlockOrigin.Initial, 0, null, _server, rulings))
                .Select(order => kit.Sys.ActorOf(Props.Create(() => new Stage(order, node, setup, Rig.Key)))),
        ];
    }

    public Ring Ring { get; }

    /// <summary>What the stages sent each other, and how.</summary>
    public IReadOnlyCollection<Went> Went => _recorder.Went;

    /// <summary>What they reported when they were placed or last asked.</summary>
    public IReadOnlyList<StageState> Present => _present;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static StepId Training(int attempt = 0, int retry = 0) => new(Term, 0, Purpose.Training, retry, attempt, 0);

    /// <summary>Waits until all are placed, and tells them of each other.</summary>
    public async Task<WitnessedRing> Place(Ballot? ballot = null)
    {
        _present = [.. (await Receive<StageState>(Ring.Stages)).OrderBy(state => state.Stage)];
        Tell(new StageAddresses(ballot ?? Term, [.. _stages], [.. _stages.Select((_, stage) => NodeOf(stage))], StateAt(ballot ?? Term, 0)));
        return this;
    }

    /// <summary>A later server takes over, asks for their state, and tells them of each other.</summary>
    public async Task Query(Ballot ballot)
    {
        Tell(new StateQuery(ballot, new RunKey(RunName, 0), _server));
        await Place(ballot);
    }

    /// <summary>Works a pass, and hands on what is relayed.</summary>
    public async Task<WitnessedPass> Work(StepId work, Rulings? rulings = null)
    {
        Begin(work, rulings);
        var prepared = new Prepared[Ring.Stages];
        var statements = new Statement[Ring.Stages];
        var unsigned = ImmutableSortedSet.CreateBuilder<int>();
        var handedOn = ImmutableDictionary.CreateBuilder<(StageLink, int), Claim>();
        for (var left = 2 * Ring.Stages; left > 0;)
        {
            switch (await Next())
            {
                case Prepared one when one.Work == work:
                    prepared[one.Stage] = one;
                    left--;
                    break;
                case PassStated one when one.Work == work:
                    Assert.Equal(_present[one.Statement.Stage].Detector, _server.LastSender);
                    statements[one.Statement.Stage] = one.Statement;
                    if (!IsSigned(one)) unsigned.Add(one.Statement.Stage);
                    left--;
                    break;
                case TensorSent sent:
                    handedOn.Add((LinkOf(sent), sent.MicroBatch), sent.Value.ToClaim());
                    _stages[sent.To].Tell(sent, _server);
                    break;
            }
        }

        return new(new PassStatements(Ring, [.. statements], handedOn.ToImmutable()) { WithoutSignature = unsigned.ToImmutable() }, prepared);
    }

    public void Begin(StepId work, Rulings? rulings = null, PassKind kind = PassKind.Whole) =>
        Tell(new BeginPass(work, kind, [], 0, kind == PassKind.Evaluation ? 1 : Ring.MicroBatches, rulings ?? Rulings.None));

    /// <summary>Begins a pass that cannot be completed, and waits until the stages have done what they can.</summary>
    public async Task BeginInVain(StepId work, int messages)
    {
        Begin(work);
        await _kit.AwaitConditionAsync(() => Task.FromResult(Went.Count(went => went.Work == work) == messages), cancellationToken: Stop);
        // Answered after everything that was sent before, and after the work that this gave the stage.
        foreach (var actor in _stages.Concat(_stages).Concat(_present.Select(state => state.Detector)))
        {
            actor.Tell(new Identify(null), _server);
            await Receive<ActorIdentity>();
        }
    }

    /// <summary>Lets all stages step by a pass.</summary>
    public async Task<IReadOnlyList<Committed>> Commit(StepId work)
    {
        var record = new IterationCommitted(0, 0, 0.1, 0, 1, 0, 0, 1, [], [], [], [], [], TimeSpan.Zero, [], []);
        Tell(new Commit(
            work.Ballot, work, 0.1, [.. Enumerable.Repeat(1.0, Ring.Stages)], [], [], StateAt(work.Ballot, 1), record));
        return [.. (await Receive<Committed>(Ring.Stages)).OrderBy(committed => committed.Stage)];
    }

    /// <summary>Orders a stage to show exhibits: what it lists, and what it then shows, as claims.</summary>
    public async Task<(IReadOnlyList<ExhibitKey> Listed, IReadOnlyList<ShownExhibit> Shown)> Show(StepId work, int stage, params ExhibitKey[] keys)
    {
        Tell(stage, new ShowExhibits(work, [.. keys]));
        var listed = await Receive<ExhibitsListed>();
        var shown = new List<ShownExhibit>();
        foreach (var _ in listed.Shown)
        {
            using var message = await _server.ExpectMsgAsync<ITensorMessage>(cancellationToken: Stop);
            shown.Add(message switch
            {
                ExhibitShown one => new(one.Stage, one.Key, one.Value.ToClaim()),
                StateShown one => new(one.Stage, one.Key, Claim.OfState(one.State.Digest())),
                _ => throw new InvalidOperationException(message.GetType().Name),
            });
        }

        return (listed.Shown, shown);
    }

    public void Tell(int stage, object message) => _stages[stage].Tell(message, _server);

    /// <summary>The node of a stage.</summary>
    public static NodeId NodeOf(int stage) => new($"n-{stage}");

    /// <summary>A lane brings a stage something from a node.</summary>
    public void Bring(NodeId from, int to, ITensorMessage message) => _stages[to].Tell(new LaneDelivery(from, message));

    /// <summary>A stage sends another what it was not ordered to.</summary>
    public void Send(int from, int to, object message) => _stages[to].Tell(message, _stages[from]);

    /// <summary>What of a message is sent; all of it unless set.</summary>
    public Func<TensorSent, TensorSent> Alters { get => _recorder.Alters; init => _recorder.Alters = value; }

    public IActorRef Server => _server;

    public async Task<T> Receive<T>() => (await Receive<T>(1)).Single();

    /// <summary>Stops all stages, and waits for their ends.</summary>
    public async Task End()
    {
        foreach (var stage in _stages)
        {
            await _server.WatchAsync(stage);
            _kit.Sys.Stop(stage);
            await _server.FishForMessageAsync(m => m is Terminated, cancellationToken: Stop);
        }
    }

    public static StageLink LinkOf(TensorSent sent) => new(sent.Direction, sent.Link, sent.From, sent.To);

    /// <summary>A claim computed by itself: SHA-256 of the element type, the rank, the dimensions and the bytes.</summary>
    public static Claim ClaimOf(Tensor tensor)
    {
        var head = new List<byte> { (byte)tensor.dtype, (byte)tensor.shape.Length };
        foreach (var dimension in tensor.shape)
        {
            var size = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(size, dimension);
            head.AddRange(size);
        }

        using var detached = tensor.detach();
        using var whole = detached.contiguous();
        return Claim.Read(SHA256.HashData([.. head, .. whole.bytes.ToArray()]));
    }

    private static bool IsSigned(PassStated stated) =>
        NodeKey.Verify(Rig.Key.PublicKey.AsSpan(), StatementBytes.Of(RunName, stated.Work, stated.Statement), stated.Signature.AsSpan());

    private async Task<List<T>> Receive<T>(int count)
    {
        var found = new List<T>();
        while (found.Count < count)
        {
            if (await Next() is T message) found.Add(message);
        }

        return found;
    }

    private async Task<object> Next() =>
        await _server.ReceiveOneAsync(TimeSpan.FromSeconds(30), Stop) ?? throw new TimeoutException("the stages have fallen silent");

    private void Tell(object message)
    {
        for (var stage = 0; stage < Ring.Stages; stage++) Tell(stage, message);
    }

    private static ServerState StateAt(Ballot ballot, long version) => new(ballot, version, [], 1, [], TimeSpan.Zero, 0, [], Rulings.None);

    /// <summary>Notes what goes, on the thread of the stage that sends it.</summary>
    private sealed class Recorder : ITransport
    {
        public ConcurrentQueue<Went> Went { get; } = new();

        public Func<TensorSent, TensorSent> Alters { get; set; } = sent => sent;

        public void ToStage(IActorRef stage, object message, IActorRef sender) => Send(stage, message, sender, byServer: false);

        public void ToServer(IActorRef server, object message, IActorRef sender) => Send(server, message, sender, byServer: true);

        private void Send(IActorRef to, object message, IActorRef sender, bool byServer)
        {
            // Once it is given away, its receiver may dispose of it.
            var went = message is TensorSent sent ? new Went(sent.Work, LinkOf(sent), sent.MicroBatch, ClaimOf(sent.Value), byServer) : null;
            to.Tell(message is TensorSent honest ? Alters(honest) : message, sender);
            if (went is not null) Went.Enqueue(went);
        }
    }
}

/// <summary>A tensor that went from a stage to another.</summary>
internal sealed record Went(StepId Work, StageLink Link, int MicroBatch, Claim Claim, bool ByServer);

/// <summary>What the stages said of a pass.</summary>
internal sealed record WitnessedPass(PassStatements Stated, IReadOnlyList<Prepared> Prepared)
{
    /// <summary>Every claim of every stage by a name, sums included.</summary>
    public IReadOnlyDictionary<string, Claim?> Claims { get; } = Stated.Statements.SelectMany(Of).ToDictionary();

    private static IEnumerable<KeyValuePair<string, Claim?>> Of(Statement statement)
    {
        foreach (var (m, claims) in statement.Forward.Index())
        {
            yield return Named("forward", StatementPart.Came, m, claims.Came);
            yield return Named("forward", StatementPart.Jumped, m, claims.Jumped);
            yield return Named("forward", StatementPart.Sent, m, claims.Sent);
            yield return Named("forward", StatementPart.Copy, m, claims.Copy);
        }

        foreach (var (m, claims) in statement.Backward.Index())
        {
            yield return Named("backward", StatementPart.Came, m, claims.Came);
            yield return Named("backward", StatementPart.Sent, m, claims.Sent);
            yield return Named("backward", StatementPart.Copy, m, claims.Copy);
        }

        yield return Named("backward", StatementPart.TiedPart, 0, statement.Own.Part);
        yield return Named("backward", StatementPart.OtherPart, 0, statement.Own.Other ?? statement.Copy.Other);
        yield return Named("backward", StatementPart.CopyTiedPart, 0, statement.Copy.Part);
        yield return new($"stage {statement.Stage} own sums", statement.Own.ToClaim());
        yield return new($"stage {statement.Stage} copy sums", statement.Copy.ToClaim());

        KeyValuePair<string, Claim?> Named(string direction, StatementPart part, int m, Claim? claim) =>
            new($"stage {statement.Stage} {direction} {part} {m}", claim);
    }
}
