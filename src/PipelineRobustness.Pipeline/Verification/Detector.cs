using System.Collections.Immutable;
using Akka.Actor;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// A checking stage's detector: compares what the stage was sent with what a copy computed, answers the stage, and
/// reports to the server once a direction of a pass is complete.
/// </summary>
internal sealed class Detector : ReceiveActor
{
    private readonly int _stage;
    private IActorRef _server;
    private readonly double _relativeTolerance;
    private readonly ImmutableArray<Verdict>.Builder _verdicts = ImmutableArray.CreateBuilder<Verdict>();
    private readonly int _microBatches;
    private (WorkId Work, Direction Direction) _current;
    private int _compared;

    public Detector(int stage, IActorRef server, double relativeTolerance, int microBatches)
    {
        _stage = stage;
        _server = server;
        _relativeTolerance = relativeTolerance;
        _microBatches = microBatches;
        Receive<RollCall>(m => _server = m.Server);
        Receive<Compare>(Weigh);
        Receive<NothingToCompare>(m => Count(m.Work, m.Direction));
    }

    private void Weigh(Compare pair)
    {
        using (pair)
        {
            Begin(pair.Work, pair.Direction);
            var same = TensorComparison.Same(pair.Sent, pair.Computed, _relativeTolerance);
            if (!same)
            {
                _verdicts.Add(new Verdict(
                    pair.Work.Iteration, pair.Work.Try, pair.Work.Pass, pair.MicroBatch, pair.Direction,
                    pair.Accused, _stage, TensorComparison.Distance(pair.Sent, pair.Computed)));
            }

            Sender.Tell(new Compared(pair.Work, pair.Direction, pair.MicroBatch, !same));
        }

        Count(pair.Work, pair.Direction);
    }

    private void Count(WorkId work, Direction direction)
    {
        Begin(work, direction);
        if (++_compared == _microBatches)
            _server.Tell(new PassChecked(work, direction, _stage, _verdicts.DrainToImmutable()));
    }

    private void Begin(WorkId work, Direction direction)
    {
        if (_current == (work, direction)) return;
        _current = (work, direction);
        _compared = 0;
        _verdicts.Clear();
    }
}
