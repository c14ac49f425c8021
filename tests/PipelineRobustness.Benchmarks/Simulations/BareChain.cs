using Akka.Actor;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Bare Akka actors on Akka's own dispatcher, with one message per turn as in a simulation, that pass as many messages
/// along the same chain as stages do: a server starts all, micro-batches go forward and backward, all answer, and again
/// for the commit.
/// </summary>
internal static class BareChain
{
    /// <summary>Measures from the first message to the last.</summary>
    public static Pace Measure(int stages, int microBatches, int iterations)
    {
        using var system = ActorSystem.Create("bare", "akka.loggers = []\nakka.actor.default-dispatcher.throughput = 1");
        var done = new TaskCompletionSource();
        var server = system.ActorOf(Props.Create(() => new Server(stages, microBatches, iterations, done)));
        var timer = ResourceTimer.Begin();
        server.Tell(Begin.Instance);
        done.Task.Wait();
        var pace = Pace.Of(stages * (double)iterations, timer);
        system.Terminate().Wait();
        return pace;
    }

    private sealed record Forward(int MicroBatch);

    private sealed record Backward(int MicroBatch);

    private sealed class Begin
    {
        public static Begin Instance { get; } = new();
    }

    private sealed class Commit
    {
        public static Commit Instance { get; } = new();
    }

    private sealed class Answer
    {
        public static Answer Instance { get; } = new();
    }

    private sealed record Wire(IActorRef? Previous, IActorRef? Next);

    private sealed class Stage : ReceiveActor
    {
        private IActorRef? _previous;
        private IActorRef? _next;

        public Stage(IActorRef server, int microBatches)
        {
            Receive<Wire>(m => (_previous, _next) = (m.Previous, m.Next));
            Receive<Begin>(_ =>
            {
                if (_previous is not null) return;
                for (var m = 0; m < microBatches; m++) _next!.Tell(new Forward(m));
            });
            Receive<Forward>(m =>
            {
                if (_next is not null) _next.Tell(new Forward(m.MicroBatch));
                else Back(m.MicroBatch);
            });
            Receive<Backward>(m => Back(m.MicroBatch));
            Receive<Commit>(_ => server.Tell(Answer.Instance));

            void Back(int microBatch)
            {
                _previous?.Tell(new Backward(microBatch));
                if (microBatch == microBatches - 1) server.Tell(Answer.Instance);
            }
        }
    }

    private sealed class Server : ReceiveActor
    {
        public Server(int stages, int microBatches, int iterations, TaskCompletionSource done)
        {
            var self = Self;
            IActorRef[] chain = [.. Enumerable.Range(0, stages).Select(_ => Context.ActorOf(Props.Create(() => new Stage(self, microBatches))))];
            for (var k = 0; k < stages; k++) chain[k].Tell(new Wire(k > 0 ? chain[k - 1] : null, k < stages - 1 ? chain[k + 1] : null));
            var (answers, commits) = (0, false);
            Receive<Begin>(_ => Tell(Begin.Instance));
            Receive<Answer>(_ =>
            {
                if (++answers < stages) return;
                answers = 0;
                commits = !commits;
                if (commits) Tell(Commit.Instance);
                else if (--iterations > 0) Tell(Begin.Instance);
                else done.SetResult();
            });

            void Tell(object message)
            {
                foreach (var stage in chain) stage.Tell(message);
            }
        }
    }
}
