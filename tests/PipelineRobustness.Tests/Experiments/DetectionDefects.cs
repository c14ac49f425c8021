using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Verification;
using static PipelineRobustness.Tests.Experiments.Defect;
using Finding = PipelineRobustness.Pipeline.Verification.Finding;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Defects of audits by lot, and of what detectors remember.</summary>
internal static class DetectionDefects
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Defect> All { get; } =
    [
        new("a detector's state survives an abandoned attempt", Remembering(detector => new Surviving(detector)), 7),
        new("a detector's state is lost with its stage", Sending(() => new LosingStates()), 36),
        new("audits are drawn before the statements are in", Drawing(keys => new DrawingEarly(keys)), 1),
        new("an iteration is committed before its audits are heard", spec => Drawing(keys => new CommittingUnheard(keys, spec.Plan))(spec), 6),
        new("an alarm convicts unheard", Sending(() => new ConvictingUnheard()), 9),
    ];

    private static Func<RunSpec, RunSpec> Drawing<T>(Func<IAuditKeys, T> draw)
        where T : ITransport, IAuditKeys => Through(ports =>
    {
        var one = draw(ports.AuditKeys!);
        return ports with { Transport = one, AuditKeys = one };
    });

    private static Func<RunSpec, RunSpec> Remembering(Func<IDetector, IDetector> detector) => spec => spec.Plan.Defence.Detector.NeedsCopy ? spec
        : spec with { Plan = spec.Plan with { Defence = spec.Plan.Defence with { Detector = detector(spec.Plan.Defence.Detector) } } };

    // An attempt that begins with the same committed state as an earlier one continues where that one ended. At first all stages begin alike.
    private sealed class Surviving(IDetector inner) : IDetector
    {
        private readonly Dictionary<(Direction Direction, string Begun), IDetectorState> _left = [];

        public string Name => inner.Name;

        public bool NeedsCopy => inner.NeedsCopy;

        public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved)
        {
            if (saved.IsEmpty) return inner.Restore(direction, saved);
            var begun = (direction, Convert.ToHexStringLower(saved));
            return _left[begun] = inner.Restore(direction, _left.TryGetValue(begun, out var left) ? left.Save() : saved);
        }

        public Finding? Inspect(in Observation observation, IDetectorState state) => inner.Inspect(observation, state);
    }

    // A stage that is placed on another node begins with a new detector.
    private sealed class LosingStates : DefectiveTransport
    {
        private ImmutableArray<IActorRef> _stages = [];

        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is StageAddresses addresses)
            {
                if (_stages.IsEmpty) _stages = addresses.Stages;
                var (states, at) = (addresses.State.Detectors, addresses.Stages.IndexOf(stage));
                if (!states.IsEmpty && at >= 0 && !stage.Equals(_stages[at]))
                    message = addresses with { State = addresses.State with { Detectors = states.SetItem(at, DetectorState.Empty) } };
            }

            base.ToStage(stage, message, sender);
        }
    }

    // Whatever a detector accuses a stage of is taken for a statement that it lacks.
    private sealed class ConvictingUnheard : DefectiveTransport
    {
        private readonly HashSet<(StepId Work, int Stage)> _accused = [];

        public override void ToServer(IActorRef server, object message, IActorRef sender)
        {
            if (message is PassChecked report) _accused.UnionWith(report.Verdicts.Select(verdict => (report.Work, verdict.Suspect)));
            if (message is PassStated stated && _accused.Contains((stated.Work, stated.Statement.Stage)))
                message = stated with { Statement = stated.Statement with { Forward = [] } };
            base.ToServer(server, message, sender);
        }
    }

    // The key of an attempt is drawn as it is ordered, and kept.
    private sealed class DrawingEarly(IAuditKeys keys) : DefectiveTransport, IAuditKeys
    {
        private readonly Dictionary<(long Iteration, int Attempt), ulong> _drawn = [];

        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is BeginPass { Work: { Purpose: Purpose.Training } work } && !_drawn.ContainsKey((work.Iteration, work.Attempt)))
                _drawn[(work.Iteration, work.Attempt)] = keys.Draw(AuditKind.Pass, work.Iteration, work.Attempt);
            base.ToStage(stage, message, sender);
        }

        public ulong Draw(AuditKind kind, long iteration, int attempt) =>
            kind == AuditKind.Pass ? _drawn[(iteration, attempt)] : keys.Draw(kind, iteration, attempt);
    }

    // When stages are asked what they worked on, they are also told to step, with the right numbers. The server's own commit changes nothing then.
    private sealed class CommittingUnheard(IAuditKeys keys, RunPlan plan) : DefectiveTransport, IAuditKeys
    {
        private readonly Dictionary<StepId, Dictionary<int, Prepared>> _prepared = [];
        private (long Iteration, int Attempt)? _drawn;
        private ImmutableArray<IActorRef> _stages = [];
        private Commit? _last;

        public ulong Draw(AuditKind kind, long iteration, int attempt)
        {
            if (kind == AuditKind.Pass) _drawn = (iteration, attempt);
            return keys.Draw(kind, iteration, attempt);
        }

        public override void ToServer(IActorRef server, object message, IActorRef sender)
        {
            if (message is Prepared prepared)
            {
                if (!_prepared.TryGetValue(prepared.Work, out var pass)) _prepared[prepared.Work] = pass = [];
                pass[prepared.Stage] = prepared;
            }

            base.ToServer(server, message, sender);
        }

        public override void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is StageAddresses addresses) _stages = addresses.Stages;
            if (message is Commit commit) (_last, _drawn) = (commit, null);
            if (message is ShowExhibits { Work: var work } && _drawn == (work.Iteration, work.Attempt)
                && _last is { } last && last.State.Version == work.Iteration)
            {
                _drawn = null;
                foreach (var one in _stages) base.ToStage(one, Hasty(work, last), sender);
            }

            base.ToStage(stage, message, sender);
        }

        private Commit Hasty(StepId work, Commit last)
        {
            var (norm, coefficients) = Gradients.Clip(_prepared[work].Values, [], plan);
            return last with
            {
                Ballot = work.Ballot,
                Work = work,
                LearningRate = plan.LearningRate.At(work.Iteration),
                Coefficients = coefficients,
                State = last.State with { Ballot = work.Ballot, Version = work.Iteration + 1 },
                Record = last.Record with { Iteration = work.Iteration, GradientNorm = norm },
            };
        }
    }
}
