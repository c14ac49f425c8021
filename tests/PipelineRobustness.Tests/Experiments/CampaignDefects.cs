using Akka.Actor;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A system that does one thing wrong, by a port or by somebody in a part's place.</summary>
/// <param name="Name">What.</param>
/// <param name="Break">Breaks it.</param>
/// <param name="CaughtBy">A seed that was found to notice; tried first.</param>
internal sealed record Defect(string Name, Func<RunPorts, RunPorts> Break, ulong CaughtBy)
{
    /// <summary>All that the campaign must notice.</summary>
    public static IReadOnlyList<Defect> All { get; } =
    [
        new("a moment is lost on rebuild", ports => ports with { Link = new LosingMoment() }, 11),
        new("a checkpoint is read with other moments", ports => ports.Store is { } store ? ports with { Store = new Misreading(store) } : ports, 60),
        new("the copy of block 1 is not compared", Played(() => new NotComparing()), 6),
        new("an iteration is committed before all verdicts are in", Played(() => new Hasty()), 1),
        new("who has stepped is rolled back", Played(() => new RollingBack()), 7),
        new("a replay counts as an attempt", Played(() => new CountingReplays()), 4),
        new("a convicted stage's jump is trusted", Played(() => new TrustingJumps()), 17),
        new("gradients of an abandoned pass are kept", Played(() => new KeepingGradients()), 4),
        new("a moment is lost on rebuild, and nobody looks", ports => ports with { Link = new LosingMoment(), Cast = new NotLooking() }, 11),
        new("a stage vouches for a block without a look at it", Played(() => new Vouched()), 21),
    ];

    private static Func<RunPorts, RunPorts> Played(Func<Cast> cast) => ports => ports with { Cast = cast() };

    private static void Spoil(BlockState state)
    {
        using var still = no_grad();
        state.Parameters[0].FirstMoment.fill_(0.5);
    }

    private sealed class LosingMoment : ITransport
    {
        public void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is BlockTransfer transfer) Spoil(transfer.State);
            stage.Tell(message, sender);
        }

        public void ToServer(IActorRef server, object message, IActorRef sender) => server.Tell(message, sender);
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

    private sealed class NotComparing : Cast
    {
        public override Props Detector(int stage, IActorRef server, RunPlan plan, Action begin)
        {
            var blind = plan with { Detector = new Blind(plan.Detector, stage) };
            return Props.Create(() => new Detector(stage, server, blind, begin));
        }

        private sealed class Blind(IDetector real, int stage) : IDetector
        {
            public string Name => "blind";

            public bool NeedsCopy => true;

            public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) => real.Restore(direction, saved);

            // Stage 2 checks stage 1 forward, stage 0 backward.
            public Finding? Inspect(in Observation observation, IDetectorState state) =>
                (stage, observation.Direction) is (2, Direction.Forward) or (0, Direction.Backward) ? null : real.Inspect(observation, state);
        }
    }

    /// <summary>Detectors that take their time to report, in which there is nothing wrong: a server has to wait for them.</summary>
    internal class SlowDetectors : Cast
    {
        public override Props Detector(int stage, IActorRef server, RunPlan plan, Action begin) =>
            Props.Create(() => new Slow(stage, server, plan, begin));

        private sealed class Slow(int stage, IActorRef server, RunPlan plan, Action begin) : Detector(stage, server, plan, begin)
        {
            protected override void Report(IActorRef server, PassChecked found) =>
                Context.System.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), server, found, Self);
        }
    }

    private sealed class Hasty : SlowDetectors
    {
        public override PassLedger Ledger(PassPlan plan, PassKind kind, IDetector? detector) => new Gradients(plan, kind, detector);

        private sealed class Gradients(PassPlan plan, PassKind kind, IDetector? detector) : PassLedger(plan, kind, detector)
        {
            public override string? Owing() => OwingStages.Any() ? base.Owing() : null;
        }
    }

    private sealed class RollingBack : Cast
    {
        public override Props Server(
            RunKey run, StageSetup setup, NodeId here, IActorRef membership, IRunObserver observer, Action<RunOutcome> end) =>
            Props.Create(() => new Back(run, setup, here, membership, observer, end));

        private sealed class Back(RunKey run, StageSetup setup, NodeId here, IActorRef membership, IRunObserver observer, Action<RunOutcome> end)
            : CentralServer(run, setup, here, membership, observer, end)
        {
            protected override long VersionOf(IEnumerable<StageState> holders) => holders.Min(p => p.Version);
        }
    }

    private sealed class CountingReplays : Cast
    {
        private readonly Dictionary<long, int> _begun = [];

        public override IterationLedger Ledger(long iteration, int stages)
        {
            var ledger = base.Ledger(iteration, stages);
            var replays = _begun[iteration] = _begun.GetValueOrDefault(iteration, -1) + 1;
            for (var replay = 0; replay < replays; replay++) ledger.NextAttempt(takenOver: false, disagreed: false);
            return ledger;
        }
    }

    private sealed class TrustingJumps : Cast
    {
        public override TrainingPass Pass(BeginPass begin, int stage, StageSetup setup, BlockRunner own, BlockRunner? copy, IStageOutlet outlet) =>
            new Trusting(begin, stage, setup, own, copy, outlet);

        private sealed class Trusting(BeginPass begin, int stage, StageSetup setup, BlockRunner own, BlockRunner? copy, IStageOutlet outlet)
            : TrainingPass(begin, stage, setup, own, copy, outlet)
        {
            protected override Tensor CopyInput(int m, TensorSent sent) =>
                Inbox.Peek(Direction.Forward, Link.Jump, m) is { } jump ? jump.Value.Share() : base.CopyInput(m, sent);
        }
    }

    private sealed class KeepingGradients : Cast
    {
        public override Props Stage(PlaceStage order, NodeId node, StageSetup setup) => Props.Create(() => new Keeping(order, node, setup));

        // Graphs are gone where all went backward; the sums are still there.
        private sealed class Keeping(PlaceStage order, NodeId node, StageSetup setup) : Stage(order, node, setup)
        {
            protected override void ForgetGradients(IHeldBlock held)
            {
                if (!IsPrepared) base.ForgetGradients(held);
            }
        }
    }

    private class NotLooking : Cast
    {
        public override Props Server(
            RunKey run, StageSetup setup, NodeId here, IActorRef membership, IRunObserver observer, Action<RunOutcome> end) =>
            Props.Create(() => new Credulous(run, setup, here, membership, observer, end));

        private sealed class Credulous(RunKey run, StageSetup setup, NodeId here, IActorRef membership, IRunObserver observer, Action<RunOutcome> end)
            : CentralServer(run, setup, here, membership, observer, end)
        {
            protected override bool IsAsCommitted(BlockRestored restored) => true;
        }
    }

    private sealed class Vouched : NotLooking
    {
        public override Props Stage(PlaceStage order, NodeId node, StageSetup setup) => Props.Create(() => new Vouching(order, node, setup));

        private sealed class Vouching(PlaceStage order, NodeId node, StageSetup setup) : Stage(order, node, setup)
        {
            protected override UInt128? Sound(IHeldBlock? held, UInt128? told) => told;
        }
    }
}
