using Akka.Actor;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using static PipelineRobustness.Tests.Experiments.Defect;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Defects of passes, commits and recoveries.</summary>
internal static class PipelineDefects
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Defect> All { get; } =
    [
        new("a moment is lost on rebuild", Sending(() => new LosingMoment()), 11),
        new("a checkpoint is read with other moments", Through(ports => ports.Store is { } store ? ports with { Store = new Misreading(store) } : ports), 60),
        new("the copy of block 1 is not compared", Behaving(inner => new NotComparing(inner)), 11),
        new("an iteration is committed before all verdicts are in", Sending(() => new Hasty()), 1),
        new("a holder that has stepped is rolled back", Sending(() => new RollingBack()), 11),
        new("a retry counts as an attempt", Behaving(inner => new CountingRetries(inner)), 17),
        new("the jump of a rejected stage is trusted", Sending(() => new TrustingJumps()), 17),
        new("gradients of an abandoned pass are kept", Behaving(inner => new KeepingGradients(inner)), 4),
        new("a moment is lost on rebuild, and its digest is not checked", Sending(() => new Credulous()), 11),
        new("a stage vouches for a block without a look at it", Sending(() => new Vouching()), 39),
    ];

    /// <summary>Detectors that report late, which is not a defect: a server has to wait for them.</summary>
    public static Func<RunSpec, RunSpec> SlowDetectors { get; } = Sending(() => new Slow());

    private static void Spoil(BlockState state)
    {
        using var still = no_grad();
        state.Parameters[0].FirstMoment.fill_(0.5);
    }

    private class LosingMoment : DefectiveTransport
    {
        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is BlockTransfer transfer) Spoil(transfer.State);
            base.ToStage(stage, message, sender);
        }
    }

    private sealed class Misreading(IStore store) : IStore
    {
        public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done) =>
            store.Write(run, version, ballot, state, digest, done);

        public void Seal(CheckpointManifest manifest, Action<string?> done) => store.Seal(manifest, done);

        public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => store.Whole(run, damaged);

        public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model)
        {
            var state = store.Read(manifest, range, model);
            Spoil(state);
            return state;
        }
    }

    // What stage 1 sends is compared with itself.
    private sealed class NotComparing(IStageBehaviour inner) : DelegatingBehaviour(inner)
    {
        private readonly Dictionary<(Direction, int), (float[] Values, long[] Shape)> _sent = [];

        public override Tensor Send(SendContext context, Tensor honest)
        {
            if (context is { Link: Link.Comparison, Judged: 1 } && _sent.TryGetValue((context.Direction, context.MicroBatch), out var sent))
                return tensor(sent.Values, sent.Shape);
            var value = base.Send(context, honest);
            if (context is { Link: Link.Neighbour, Stage: 1 }) _sent[(context.Direction, context.MicroBatch)] = (value.data<float>().ToArray(), value.shape);
            return value;
        }
    }

    private class Slow : DefectiveTransport
    {
        public override void ToServer(IActorRef server, object message, IActorRef sender)
        {
            if (message is PassChecked) SimulatedWorld.Current.System.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), server, message, sender);
            else base.ToServer(server, message, sender);
        }
    }

    // The server is informed that there is nothing to report as soon as a stage has computed.
    private sealed class Hasty : Slow
    {
        private readonly Dictionary<int, IActorRef> _detectors = [];

        public override void ToServer(IActorRef server, object message, IActorRef sender)
        {
            switch (message)
            {
                case StageState stage: _detectors[stage.Stage] = stage.Detector; break;
                case ForwardDone done: Vouch(server, done.Work, done.Stage); break;
                case Prepared prepared: Vouch(server, prepared.Work, prepared.Stage); break;
            }

            base.ToServer(server, message, sender);
        }

        private void Vouch(IActorRef server, StepId work, int stage)
        {
            foreach (var direction in Enum.GetValues<Direction>()) server.Tell(new PassChecked(work, direction, stage, [], []), _detectors[stage]);
        }
    }

    // The server is not informed of a step before all have taken it.
    private sealed class RollingBack : DefectiveTransport
    {
        private long _version;

        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is BeginPass begin) _version = begin.Work.Iteration;
            base.ToStage(stage, message, sender);
        }

        public override void ToServer(IActorRef server, object message, IActorRef sender) => base.ToServer(
            server, message is StageState stage && stage.Version > _version ? stage with { Own = null, Copy = null } : message, sender);
    }

    // Attackers are drawn again for a retry, as they are for an attempt.
    private sealed class CountingRetries(IStageBehaviour inner) : DelegatingBehaviour(inner)
    {
        private readonly Dictionary<long, int> _first = [];
        private readonly Dictionary<int, int> _retries = [];

        public override void BeforeWork(WorkContext context)
        {
            _first.TryAdd(context.Iteration, context.Retry);
            _retries[context.Stage] = Math.Max(0, context.Retry - _first[context.Iteration]);
            base.BeforeWork(context);
        }

        public override Tensor Send(SendContext context, Tensor honest) =>
            base.Send(context with { Attempt = context.Attempt + Retries(context.Stage) }, honest);

        public override string Note(long iteration, int attempt, int stage) => base.Note(iteration, attempt + Retries(stage), stage);

        private int Retries(int stage) => _retries.GetValueOrDefault(stage);
    }

    private sealed class TrustingJumps : DefectiveTransport
    {
        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is TensorSent { Direction: Direction.Forward, Rejected: true } sent)
            {
                sent.Enclosed?.Dispose();
                message = sent with { Rejected = false, Enclosed = null };
            }

            base.ToStage(stage, message, sender);
        }
    }

    // The sums of an abandoned pass are kept in the next one.
    private sealed class KeepingGradients(IStageBehaviour inner) : DelegatingBehaviour(inner)
    {
        private readonly Dictionary<(int Stage, int Block), List<Tensor>> _weights = [];
        private readonly Dictionary<int, WorkContext> _at = [];
        private readonly Dictionary<int, (WorkContext At, List<(Tensor Weight, float[] Gradient)> Kept)> _kept = [];

        public override void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
        {
            base.BetweenIterations(iteration, stage, block, state);
            _weights[(stage, block)] = [.. state.Where((_, index) => index % 3 == 0)];
            _kept.Remove(stage);
        }

        public override void BeforeWork(WorkContext context)
        {
            base.BeforeWork(context);
            _at[context.Stage] = context;
            if (!_kept.TryGetValue(context.Stage, out var kept) || IsSamePass(kept.At, context)) return;
            _kept.Remove(context.Stage);
            if (kept.At.Iteration != context.Iteration) return;
            foreach (var (weight, gradient) in kept.Kept.Where(kept => !kept.Weight.IsInvalid))
            {
                using var sum = tensor(gradient, weight.shape);
                weight.grad = sum;
            }
        }

        public override void BeforePrepared(long iteration, int stage)
        {
            base.BeforePrepared(iteration, stage);
            List<(Tensor, float[])> kept = [];
            foreach (var weight in _weights.Where(w => w.Key.Stage == stage).SelectMany(w => w.Value).Where(weight => !weight.IsInvalid))
            {
                using var gradient = weight.grad;
                if (gradient is not null) kept.Add((weight, gradient.data<float>().ToArray()));
            }

            _kept[stage] = (_at[stage], kept);
        }

        private static bool IsSamePass(WorkContext left, WorkContext right) =>
            (left.Ballot, left.Iteration, left.Retry, left.Attempt, left.Pass) == (right.Ballot, right.Iteration, right.Retry, right.Attempt, right.Pass);
    }

    // The server receives the digest that it expects.
    private sealed class Credulous : LosingMoment
    {
        private readonly Dictionary<int, UInt128> _digests = [];

        public override void ToServer(IActorRef server, object message, IActorRef sender)
        {
            if (message is Committed stepped) _digests[stepped.Stage] = stepped.Own;
            if (message is StageState { Own: { } own } stage) _digests[stage.Stage] = own;
            if (message is BlockRestored restored) message = restored with { Digest = _digests.GetValueOrDefault(restored.Block, restored.Digest) };
            base.ToServer(server, message, sender);
        }
    }

    // The server receives the digests that a stage reported last, whatever its state is now.
    private sealed class Vouching : DefectiveTransport
    {
        private readonly Dictionary<IActorRef, (UInt128? Own, UInt128? Copy)> _told = [];
        private readonly Dictionary<int, UInt128> _digests = [];

        public override void ToServer(IActorRef server, object message, IActorRef sender)
        {
            var (own, copy) = _told.GetValueOrDefault(sender);
            switch (message)
            {
                case Committed stepped:
                    _digests[stepped.Stage] = stepped.Own;
                    _told[sender] = (stepped.Own, stepped.Copy);
                    break;
                case StageState stage:
                    message = stage = stage with { Own = stage.Own ?? own, Copy = stage.Copy ?? copy };
                    if (stage.Own is { } digest) _digests[stage.Stage] = digest;
                    _told[sender] = (stage.Own, stage.Copy);
                    break;
                case BlockRestored restored:
                    message = restored = restored with { Digest = _digests.GetValueOrDefault(restored.Block, restored.Digest) };
                    _told[sender] = restored.Block == restored.Stage ? (restored.Digest, copy) : (own, restored.Digest);
                    break;
            }

            base.ToServer(server, message, sender);
        }
    }
}
