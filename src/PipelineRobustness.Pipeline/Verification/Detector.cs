using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>
/// Runs a checking stage's <see cref="IDetector"/> on a thread of its own: answers the stage for each micro-batch, and reports to
/// the server once a direction of a pass is complete.
/// </summary>
internal sealed class Detector : ReceiveActor
{
    private readonly int _stage;
    private readonly RunPlan _plan;
    private readonly Action _begin;
    private readonly ITransport _link;

    // The current pass, by direction; the first message of the next pass replaces an abandoned one.
    private readonly Inspection?[] _inspections = new Inspection?[2];
    private IActorRef _server;

    public Detector(int stage, IActorRef server, RunPlan plan, Action begin, ITransport link)
    {
        _stage = stage;
        _server = server;
        _plan = plan;
        _begin = begin;
        _link = link;
        Receive<StateQuery>(m => _server = m.Server);
        Receive<Inspect>(Inspect);
        Receive<InspectionSkipped>(Skip);
    }

    protected override void PreStart() => _begin();

    private void Inspect(Inspect value)
    {
        using (value)
        {
            var inspection = Of(value);
            Sender.Tell(new Inspected(value.Work, value.Direction, value.MicroBatch, inspection.Rejects(value)));
            ReportIfComplete(inspection);
        }
    }

    private void Skip(InspectionSkipped skipped)
    {
        var inspection = Of(skipped);
        inspection.Skip();
        ReportIfComplete(inspection);
    }

    private void ReportIfComplete(Inspection inspection)
    {
        if (inspection.MicroBatches == _plan.MicroBatches) _link.ToServer(_server, inspection.Report(), Self);
    }

    private Inspection Of(IInspectionMessage message)
    {
        ref var current = ref _inspections[(int)message.Direction];
        if (current?.Work != message.Work)
            current = new Inspection(_plan.Detector, _plan.Stages, _stage, message.Work, message.Direction, message.Committed);
        return current;
    }
}
