using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Observes at the ports when audits are drawn, what is heard of them and when stages step, and holds it against a draw of its own: no lot is
/// drawn before every stage has stated its pass, or reported its step; all that is drawn is heard before the commit, or before the iteration is
/// recorded, and nothing else is; and no stage steps before the server orders it.
/// </summary>
/// <param name="plan">The run.</param>
/// <param name="here">The machine that works now.</param>
internal sealed class AuditWatch(RunPlan plan, Func<string?> here)
{
    private readonly AuditLots _lots = new(plan);

    // Of each pass: the stages that have stated it, or stepped by it. A draw takes one of which all have.
    private readonly Dictionary<(AuditKind Kind, StepId Work), HashSet<int>> _told = [];

    // What each server has heard: of a pass since it ordered it, then of its step.
    private readonly Dictionary<(string? Server, long Iteration, int Attempt), Judged> _judged = [];

    // Of each pass: the pieces that detectors ask to be heard.
    private readonly Dictionary<StepId, HashSet<HeardPiece>> _found = [];

    // The iterations whose commit was ordered.
    private readonly HashSet<long> _ordered = [];

    // The attempts of which every step was heard that is audited.
    private readonly HashSet<(long Iteration, int Attempt)> _settled = [];

    /// <summary>The first thing that must not be; null where there is none.</summary>
    public string? Violation { get; private set; }

    /// <summary>The blocks that are heard because of a finding, and in which direction.</summary>
    public IReadOnlySet<(long Iteration, int Attempt, int Block, Direction Direction)> Found =>
        _found.SelectMany(pass => pass.Value, (pass, piece) => (pass.Key.Iteration, pass.Key.Attempt, piece.Block, piece.Direction)).ToHashSet();

    /// <summary>What draws the keys, watched.</summary>
    public IAuditKeys Keys(IAuditKeys keys) => new WatchedKeys(this, keys);

    /// <summary>The ports, watched.</summary>
    public RunPorts Ports(RunPorts ports)
    {
        var watched = new WatchedPorts(this, ports);
        return ports with { Behaviour = watched, Transport = watched };
    }

    /// <summary>An iteration is recorded as committed: its step was heard, by this server or, where it is reported again, by one before.</summary>
    public void Observe(RunEvent occurrence)
    {
        if (occurrence is not IterationCommitted { Iteration: var iteration, Attempts: var attempts, Audits: var keys } commit) return;
        var attempt = attempts - 1;
        if (keys.Pass != _lots.Key(AuditKind.Pass, iteration, attempt)) Violate(iteration, attempt, "records another key than was drawn");
        var due = _lots.OfStep(iteration, attempt);
        if (!_judged.Remove((here(), iteration, attempt), out var judged) || !judged.IsOrdered)
        {
            if (due.Count > 0 && !_settled.Contains((iteration, attempt))) Violate(iteration, attempt, "was recorded, and its step was not heard");
            return;
        }

        _settled.Add((iteration, attempt));
        if (keys.Step != _lots.Key(AuditKind.Step, iteration, attempt)) Violate(iteration, attempt, "records another key of its steps than was drawn");
        // Steps that holders dispute are heard as well.
        if (!due.IsSubsetOf(judged.Heard) || (commit.Rulings.IsEmpty && !due.SetEquals(judged.Heard)))
            Violate(iteration, attempt, $"was committed after hearings of {Shown(judged.Heard)} about its steps, expected {Shown(due)}");
    }

    private void Violate(long iteration, int attempt, string what) => Violation ??= $"iteration {iteration}, attempt {attempt}: {what}";

    private void Tell(AuditKind kind, StepId work, int stage)
    {
        if (!_told.TryGetValue((kind, work), out var stages)) _told[(kind, work)] = stages = [];
        stages.Add(stage);
    }

    // Backward it works forward first.
    private static IEnumerable<HeardPiece> Needed(IEnumerable<HeardPiece> found) => found.SelectMany(piece => (HeardPiece[])[piece, piece with
    {
        Direction = Direction.Forward,
    }]);

    private void Find(PassChecked report)
    {
        if (!_found.TryGetValue(report.Work, out var found)) _found[report.Work] = found = [];
        found.UnionWith(report.Verdicts.Select(verdict => new HeardPiece(verdict.Suspect, verdict.MicroBatch, verdict.Direction)));
    }

    private void Draw(AuditKind kind, long iteration, int attempt)
    {
        var complete = _told.Where(told => told.Key.Kind == kind && (told.Key.Work.Iteration, told.Key.Work.Attempt) == (iteration, attempt)
            && told.Value.Count == plan.Stages).Select(told => told.Key).ToList();
        if (complete.Count == 0)
            Violate(iteration, attempt, $"audits were drawn before every stage had {(kind == AuditKind.Pass ? "stated its pass" : "stepped")}");
        else _told.Remove(complete[0]);
    }

    private void Begin(StepId work)
    {
        var key = (here(), work.Iteration, work.Attempt);
        if (_judged.GetValueOrDefault(key)?.Work != work) _judged[key] = new Judged(work);
    }

    private void Hear(HearingContext context)
    {
        if (_judged.TryGetValue((here(), context.Iteration, context.Attempt), out var judged))
            judged.Heard.Add(new(context.Block, context.MicroBatch, context.Direction));
    }

    private void Order(StepId work)
    {
        _ordered.Add(work.Iteration);
        if (!_judged.TryGetValue((here(), work.Iteration, work.Attempt), out var judged) || judged.Work != work || judged.IsOrdered) return;
        var due = _lots.OfPass(work.Iteration, work.Attempt).Union(Needed(_found.GetValueOrDefault(work, []))).ToHashSet();
        if (!due.SetEquals(judged.Heard))
            Violate(work.Iteration, work.Attempt, $"was committed after hearings of {Shown(judged.Heard)}, expected {Shown(due)}");
        _judged[(here(), work.Iteration, work.Attempt)] = new Judged(work) { IsOrdered = true };
    }

    private void Step(long version, int stage)
    {
        if (!_ordered.Contains(version - 1)) Violation ??= $"stage {stage} stepped to version {version} before the server ordered it";
    }

    private static string Shown(IReadOnlySet<HeardPiece> pieces) => pieces.Count == 0 ? "nothing" : string.Join(
        ", ", pieces.OrderBy(p => p.Block).ThenBy(p => p.MicroBatch).ThenBy(p => p.Direction).Select(p => $"block {p.Block} {p.MicroBatch} {p.Direction}"));

    private sealed record Judged(StepId Work)
    {
        public HashSet<HeardPiece> Heard { get; } = [];

        public bool IsOrdered { get; init; }
    }

    private sealed class WatchedKeys(AuditWatch watch, IAuditKeys keys) : IAuditKeys
    {
        public ulong Draw(AuditKind kind, long iteration, int attempt)
        {
            watch.Draw(kind, iteration, attempt);
            return keys.Draw(kind, iteration, attempt);
        }
    }

    private sealed class WatchedPorts(AuditWatch watch, RunPorts ports) : DelegatingBehaviour(ports.Behaviour), ITransport
    {
        public override void BeforeHearing(HearingContext context)
        {
            watch.Hear(context);
            base.BeforeHearing(context);
        }

        public override void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
        {
            watch.Step(iteration, stage);
            base.BetweenIterations(iteration, stage, block, state);
        }

        public void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            switch (message)
            {
                case BeginPass { Work: { Purpose: Purpose.Training } work }: watch.Begin(work); break;
                case Commit { Work: var work }: watch.Order(work); break;
            }

            ports.Transport.ToStage(stage, message, sender);
        }

        public void ToServer(IActorRef server, object message, IActorRef sender)
        {
            switch (message)
            {
                case PassStated stated: watch.Tell(AuditKind.Pass, stated.Work, stated.Statement.Stage); break;
                case PassChecked report: watch.Find(report); break;
                case Committed stepped: watch.Tell(AuditKind.Step, stepped.Work, stepped.Stage); break;
            }

            ports.Transport.ToServer(server, message, sender);
        }
    }
}
