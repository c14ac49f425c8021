using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Verification;

/// <summary>
/// A checking stage's detector: compares what the stage was sent with what a copy computed, answers the stage, and
/// reports to the server once a direction of a pass is complete.
/// </summary>
internal class Detector : ReceiveActor
{
    private readonly int _stage;
    private IActorRef _server;
    private readonly RunPlan _plan;
    private readonly Action _begin;
    private readonly ImmutableArray<Verdict>.Builder _verdicts = ImmutableArray.CreateBuilder<Verdict>();
    private (StepId Work, Direction Direction) _current;
    private int _compared;

    public Detector(int stage, IActorRef server, RunPlan plan, Action begin)
    {
        _stage = stage;
        _server = server;
        _plan = plan;
        _begin = begin;
        Receive<StateQuery>(m => _server = m.Server);
        Receive<Compare>(Weigh);
        Receive<ComparisonSkipped>(m => Count(m.Work, m.Direction));
    }

    protected override void PreStart() => _begin();

    private void Weigh(Compare pair)
    {
        using (pair)
        {
            Begin(pair.Work, pair.Direction);
            var same = IsSame(pair);
            if (!same)
            {
                _verdicts.Add(new Verdict(
                    pair.Work.Iteration, pair.Work.Attempt, pair.Work.Pass, pair.MicroBatch, pair.Direction,
                    pair.Suspect, _stage, TensorComparison.Distance(pair.Sent, pair.Computed)));
            }

            Sender.Tell(new Compared(pair.Work, pair.Direction, pair.MicroBatch, !same));
        }

        Count(pair.Work, pair.Direction);
    }

    protected virtual bool IsSame(Compare pair) => TensorComparison.Same(pair.Sent, pair.Computed, _plan.RelativeTolerance);

    private void Count(StepId work, Direction direction)
    {
        Begin(work, direction);
        if (++_compared == _plan.MicroBatches)
            Report(_server, new PassChecked(work, direction, _stage, _verdicts.DrainToImmutable()));
    }

    protected virtual void Report(IActorRef server, PassChecked found) => server.Tell(found);

    private void Begin(StepId work, Direction direction)
    {
        if (_current == (work, direction)) return;
        _current = (work, direction);
        _compared = 0;
        _verdicts.Clear();
    }
}
