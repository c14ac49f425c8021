using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>Gives the signature of a statement of a pass. Called on the witness's thread.</summary>
internal delegate ImmutableArray<byte> SignStatement(StepId work, Statement statement);

/// <summary>
/// Makes a stage's statement of each pass from the tensors that the stage hands over, on a thread of its own, and signs it with the key
/// of the node. It is in the place of the stage's detector, and where one watches what comes it inspects as well: the stage goes on
/// without an answer, since what is found is for the referee.
/// </summary>
internal sealed class Witness : ReceiveActor
{
    private readonly int _stage;
    private readonly Ring _ring;
    private readonly Inspections _inspections;
    private readonly SignStatement _sign;
    private readonly Action _begin;
    private readonly ITransport _link;
    private IActorRef _server;

    // Of the current pass; the first message of the next pass replaces that of an abandoned one.
    private (StepId Work, StatementDraft Draft)? _current;

    public Witness(int stage, IActorRef server, RunPlan plan, SignStatement sign, Action begin, ITransport link)
    {
        (_stage, _server, _sign, _begin, _link) = (stage, server, sign, begin, link);
        (_ring, _inspections) = (Ring.Of(plan), new Inspections(stage, plan));
        Receive<StateQuery>(m => _server = m.Server);
        Receive<Witnessed>(m => DraftOf(m.Work).Add(m.Direction, m.Part, m.MicroBatch, m.Value));
        Receive<SumsWitnessed>(Complete);
        Receive<Inspect>(Inspect);
    }

    protected override void PreStart() => _begin();

    protected override void PostStop() => _current?.Draft.Dispose();

    private void Complete(SumsWitnessed sums)
    {
        var statement = DraftOf(sums.Work).Complete(sums.Own, sums.Copy);
        Tell(new PassStated(sums.Work, statement, _sign(sums.Work, statement)));
    }

    private void Inspect(Inspect value)
    {
        if (_inspections.Inspect(value).Report is { } report) Tell(report);
    }

    private void Tell(IWorkMessage message) => _link.ToServer(_server, message, Self);

    private StatementDraft DraftOf(StepId work)
    {
        if (_current is { } current && current.Work == work) return current.Draft;
        _current?.Draft.Dispose();
        _current = (work, new StatementDraft(_ring, _stage));
        return _current.Value.Draft;
    }
}
