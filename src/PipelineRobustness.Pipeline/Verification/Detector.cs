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
    private readonly Inspections _inspections;
    private readonly Action _begin;
    private readonly ITransport _link;
    private IActorRef _server;

    public Detector(int stage, IActorRef server, RunPlan plan, Action begin, ITransport link)
    {
        _inspections = new Inspections(stage, plan);
        _server = server;
        _begin = begin;
        _link = link;
        Receive<StateQuery>(m => _server = m.Server);
        Receive<Inspect>(Inspect);
        Receive<InspectionSkipped>(m => Report(_inspections.Skip(m)));
    }

    protected override void PreStart() => _begin();

    private void Inspect(Inspect value)
    {
        var (answer, report) = _inspections.Inspect(value);
        Sender.Tell(answer);
        Report(report);
    }

    private void Report(PassChecked? report)
    {
        if (report is not null) _link.ToServer(_server, report, Self);
    }
}
