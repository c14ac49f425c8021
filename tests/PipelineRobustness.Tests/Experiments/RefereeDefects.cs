using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Simulation;
using static PipelineRobustness.Tests.Experiments.Defect;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Defects of a referee, and of what follows from its rulings.</summary>
internal static class RefereeDefects
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Defect> All { get; } =
    [
        new("a link rule is left out", Behaving(inner => new WithoutLinkRule(inner)), 101),
        new("copies are not compared backward", Behaving(inner => new WithoutBackwardRule(inner)), 6),
        new("sums are not compared", Behaving(inner => new WithoutSumRule(inner)), 1),
        new("the accused is convicted unheard", Sending(() => new ConvictingOwners()), 70),
        new("a disputed link convicts its sender", Sending(() => new ConvictingSenders()), 101),
        new("the referee works with the weights after the step", Both(inner => new AfterTheStep(inner)), 175),
        new("a server that takes over forgets rulings", Sending(() => new Forgetting()), 323),
        new("a relay lasts one attempt", Sending(() => new ForgettingRelays()), 101),
        new("a quarantined node gets a stage back", QuarantiningAfter(_ => 1_000_000), 16),
        new("a block is rebuilt from a convicted holder", Both(inner => new FromTheConvicted(inner)), 19),
        new("a transfer is taken at its source's word", Sending(() => new AtItsWord()), 167),
        new("an iteration is committed while a hearing is open", Sending(() => new Impatient()), 9),
        new("a claim of an abandoned attempt counts", Behaving(inner => new Repeating(inner)), 101),
        new("a node is quarantined a conviction too late", QuarantiningAfter(number => number + 1), 16),
        new("a node is quarantined a conviction too early", QuarantiningAfter(number => Math.Max(1, number - 1)), 19),
        new("a convicted stage keeps its seat", Behaving(inner => new Reseating(inner, _ => 0)), 6),
        new("a lie of a later seat is not told", Behaving(inner => new Reseating(inner, seat => seat == 0 ? 0 : int.MaxValue)), 19),
    ];

    // What a stage states in place of a value is what another one, or it itself, has stated.
    private abstract class Restating(IStageBehaviour inner) : DelegatingBehaviour(inner)
    {
        private readonly Dictionary<object, (float[] Values, long[] Shape)> _stated = [];

        public sealed override Tensor Send(SendContext context, Tensor honest)
        {
            var value = base.Send(context, honest);
            if (context.Link != Link.Statement) return value;
            if (Recalled(context) is { } key && _stated.TryGetValue(key, out var stated))
            {
                if (!ReferenceEquals(value, honest)) value.Dispose();
                return tensor(stated.Values, stated.Shape);
            }

            if (Remembered(context) is { } name) _stated.TryAdd(name, (value.data<float>().ToArray(), value.shape));
            return value;
        }

        // Under what a statement is remembered; null for not at all.
        protected abstract object? Remembered(SendContext context);

        // What is stated in its place; null for what the stage itself states.
        protected abstract object? Recalled(SendContext context);
    }

    // Forward a stage's neighbour is taken to have sent what it states that it sent.
    private sealed class WithoutLinkRule(IStageBehaviour inner) : Restating(inner)
    {
        protected override object? Remembered(SendContext context) =>
            context is { Direction: Direction.Forward, Part: StatementPart.Sent } ? Key(context, context.Stage) : null;

        protected override object? Recalled(SendContext context) =>
            context is { Direction: Direction.Forward, Part: StatementPart.Came } ? Key(context, context.Stage - 1) : null;

        private static object Key(SendContext context, int sender) => (context.Iteration, context.Attempt, context.MicroBatch, sender);
    }

    // Of the two holders of a block the second states what the first has stated.
    private sealed class WithoutBackwardRule(IStageBehaviour inner) : Restating(inner)
    {
        protected override object? Remembered(SendContext context) => Key(context);

        protected override object? Recalled(SendContext context) => Key(context);

        private static object? Key(SendContext context) => context switch
        {
            { Direction: Direction.Backward, Part: StatementPart.Sent, Stage: > 0 } => Key(context, context.Stage),
            { Direction: Direction.Backward, Part: StatementPart.Copy, Stage: > 0 } => Key(context, context.Stage - 1),
            _ => null,
        };

        private static object Key(SendContext context, int block) => (context.Iteration, context.Attempt, context.MicroBatch, block);
    }

    private sealed class WithoutSumRule(IStageBehaviour inner) : DelegatingBehaviour(inner)
    {
        private readonly Dictionary<(long Iteration, int Attempt, int Block), ReportedSums> _reported = [];

        public override ReportedSums Report(HeldContext context, ReportedSums honest)
        {
            var (sums, of) = (base.Report(context, honest), (context.Iteration, context.Attempt, context.Block));
            return _reported.TryAdd(of, sums) ? sums : _reported[of];
        }
    }

    // A stage is taken to have another seat than it has.
    private sealed class Reseating(IStageBehaviour inner, Func<int, int> seat) : DelegatingBehaviour(inner)
    {
        public override Tensor Send(SendContext context, Tensor honest) => base.Send(context with { Seat = seat(context.Seat) }, honest);

        public override ReportedSums Report(HeldContext context, ReportedSums honest) => base.Report(In(context), honest);

        public override void Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest) => base.Update(In(context), state, honest);

        public override UInt128 Digest(HeldContext context, UInt128 honest) => base.Digest(In(context), honest);

        public override void Give(HeldContext context, IReadOnlyList<Tensor> state) => base.Give(In(context), state);

        public override UInt128 Restored(HeldContext context, UInt128 honest) => base.Restored(In(context), honest);

        public override Tensor? Show(HeldContext context, int? microBatch, Tensor honest) => base.Show(In(context), microBatch, honest);

        private HeldContext In(HeldContext context) => context with { Seat = seat(context.Seat) };
    }

    // In a later attempt a stage states what it has stated in the one before.
    private sealed class Repeating(IStageBehaviour inner) : Restating(inner)
    {
        protected override object? Remembered(SendContext context) => Key(context, context.Attempt);

        protected override object? Recalled(SendContext context) => Key(context, context.Attempt - 1);

        private static object? Key(SendContext context, int attempt) => context is { Direction: Direction.Forward, Part: StatementPart.Came }
            ? (context.Iteration, attempt, context.MicroBatch, context.Stage) : null;
    }

    // Holds statements back until all of a pass are there, and takes one from a stage that is to be convicted for lacking it.
    private abstract class Convicting : DefectiveTransport
    {
        private readonly Dictionary<int, (PassStated Stated, IActorRef Sender)> _stated = [];
        private StepId _work;
        private int _stages;

        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is StageAddresses addresses) _stages = addresses.Stages.Length;
            base.ToStage(stage, message, sender);
        }

        public override void ToServer(IActorRef server, object message, IActorRef sender)
        {
            if (message is not PassStated stated)
            {
                base.ToServer(server, message, sender);
                return;
            }

            if (stated.Work != _work) _stated.Clear();
            _work = stated.Work;
            _stated[stated.Statement.Stage] = (stated, sender);
            if (_stated.Count < _stages) return;
            var convicted = Convicted([.. Enumerable.Range(0, _stages).Select(stage => _stated[stage].Stated.Statement)]).ToHashSet();
            foreach (var (stage, one) in _stated)
            {
                var told = convicted.Contains(stage) ? one.Stated with { Statement = one.Stated.Statement with { Forward = [] } } : one.Stated;
                base.ToServer(server, told, one.Sender);
            }

            _stated.Clear();
        }

        protected abstract IEnumerable<int> Convicted(ImmutableArray<Statement> statements);
    }

    private sealed class ConvictingOwners : Convicting
    {
        protected override IEnumerable<int> Convicted(ImmutableArray<Statement> statements) => statements
            .Where(owner => owner.Forward.Zip(statements[(owner.Stage + 1) % statements.Length].Forward).Any(m => m.First.Sent != m.Second.Copy))
            .Select(owner => owner.Stage);
    }

    private sealed class ConvictingSenders : Convicting
    {
        protected override IEnumerable<int> Convicted(ImmutableArray<Statement> statements) => statements.SkipLast(1)
            .Where(sender => sender.Forward.Zip(statements[sender.Stage + 1].Forward).Any(m => m.First.Sent != m.Second.Came))
            .Select(sender => sender.Stage);
    }

    // The server has hashed the state from before the step when the rest is shown; by then it has become the one after the step.
    private sealed class AfterTheStep(IStageBehaviour inner) : DelegatingBehaviour(inner), ITransport
    {
        private readonly Dictionary<int, List<Tensor>> _live = [];
        private readonly List<(BlockState Shown, int Block)> _shown = [];

        public override void Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest)
        {
            base.Update(context, state, honest);
            if (context.Block != context.Stage) _live[context.Block] = [.. state];
        }

        public void ToStage(IActorRef stage, object message, IActorRef sender) => stage.Tell(message, sender);

        public void ToServer(IActorRef server, object message, IActorRef sender)
        {
            if (message is StateShown { Key.Kind: ExhibitKind.StateBefore } shown) _shown.Add((shown.State, shown.Key.Block));
            if (message is not ExhibitShown || _shown.Count == 0)
            {
                server.Tell(message, sender);
                return;
            }

            SimulatedWorld.Current.System.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromSeconds(1), () =>
            {
                foreach (var (state, block) in _shown) Step(state, block);
                server.Tell(message, sender);
            });
        }

        private void Step(BlockState before, int block)
        {
            using var still = no_grad();
            foreach (var (old, stepped) in before.LiveState.Zip(_live[block]))
                if (!old.IsInvalid && !stepped.IsInvalid) old.copy_(stepped);
        }
    }

    // What a new server learns from stages.
    private sealed class Forgetting : DefectiveTransport
    {
        public override void ToServer(IActorRef server, object message, IActorRef sender)
        {
            if (message is StageState stage)
            {
                message = stage with
                {
                    Rulings = Rulings.None,
                    State = stage.State is { } state ? Known(state) : null,
                    Last = stage.Last is { } last ? last with { State = Known(last.State) } : null,
                };
            }

            base.ToServer(server, message, sender);
        }

        private static ServerState Known(ServerState state) => state with { Rulings = Rulings.None };
    }

    // Stages relay what was disputed in the attempt before, and nothing else.
    private sealed class ForgettingRelays : DefectiveTransport
    {
        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is BeginPass { Work: var work } begin)
            {
                message = begin with
                {
                    Rulings = begin.Rulings with
                    {
                        All = [.. begin.Rulings.All.Where(r => r.Relayed is null || (r.Iteration, r.Attempt) == (work.Iteration, work.Attempt - 1))],
                    },
                };
            }

            base.ToStage(stage, message, sender);
        }
    }

    // The server receives the digest that it expects.
    private sealed class AtItsWord : DefectiveTransport
    {
        private ImmutableArray<UInt128> _digests = [];

        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is StageAddresses addresses) _digests = addresses.State.Digests;
            base.ToStage(stage, message, sender);
        }

        public override void ToServer(IActorRef server, object message, IActorRef sender)
        {
            if (message is BlockRestored restored && !_digests.IsEmpty) message = restored with { Digest = _digests[restored.Block] };
            base.ToServer(server, message, sender);
        }
    }

    // A block that a stage lacks since its seat was lost is what the convicted one had, and is believed to be the right one.
    private sealed class FromTheConvicted(IStageBehaviour inner) : DelegatingBehaviour(inner), ITransport
    {
        private readonly Dictionary<(int Stage, int Block), (int Seat, List<float[]> State)> _had = [];
        private readonly AtItsWord _transport = new();
        private Rulings _rulings = Rulings.None;

        public override void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
        {
            base.BetweenIterations(iteration, stage, block, state);
            _had[(stage, block)] = (_rulings.SeatOf(stage), [.. state.Select(tensor => tensor.data<float>().ToArray())]);
        }

        public void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is StageAddresses addresses) _rulings = addresses.State.Rulings;
            if (message is BlockTransfer transfer && _had.TryGetValue((transfer.To, transfer.Block), out var had) && had.Seat < _rulings.SeatOf(transfer.To))
                Write(transfer.State, had.State);
            _transport.ToStage(stage, message, sender);
        }

        public void ToServer(IActorRef server, object message, IActorRef sender) => _transport.ToServer(server, message, sender);

        private static void Write(BlockState given, List<float[]> had)
        {
            using var still = no_grad();
            foreach (var (to, values) in given.LiveState.Zip(had))
            {
                using var other = tensor(values, to.shape);
                to.copy_(other);
            }
        }
    }

    // As soon as a hearing is open, stages get the order to step.
    private sealed class Impatient : DefectiveTransport
    {
        private ImmutableArray<IActorRef> _stages = [];
        private Commit? _last;

        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            switch (message)
            {
                case StageAddresses addresses: _stages = addresses.Stages; break;
                case Commit commit: _last = commit; break;
                case ShowExhibits { Work: var work } when _last is { } last && last.State.Version == work.Iteration:
                    var hasty = last with
                    {
                        Ballot = work.Ballot,
                        Work = work,
                        State = last.State with { Ballot = work.Ballot, Version = work.Iteration + 1 },
                        Record = last.Record with { Iteration = work.Iteration },
                    };
                    foreach (var one in _stages) base.ToStage(one, hasty, sender);
                    break;
            }

            base.ToStage(stage, message, sender);
        }
    }
}
