using Akka.Actor;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The seeded dispatcher and the virtual clock in isolation, and their control of a whole run.</summary>
public sealed class SimulationSpecs
{
    private static readonly Rig Some = new()
    {
        Layers = 5,
        Stages = 5,
        MicroBatches = 2,
        Iterations = 2,
        Remedy = "restart",
        Forward = [Rig.Flip with { Rate = 0.5 }],
    };

    [Fact]
    public void The_same_seed_gives_the_same_order_of_work_and_another_seed_another()
    {
        var orders = Enumerable.Range(0, 8).Select(seed => Order((ulong)seed)).ToArray();
        for (var seed = 0; seed < orders.Length; seed++) Assert.Equal(orders[seed], Order((ulong)seed));
        Assert.Equal(orders.Length, orders.Distinct().Count());
    }

    [Fact]
    public void A_simulation_runs_on_the_calling_thread()
    {
        var threads = new ThreadLog();
        (Some with { Behaviour = Faults.At().Do(threads.Note) }).SimulateWatching(threads);
        Assert.Equal([Environment.CurrentManagedThreadId], threads.Seen.Distinct());
    }

    [Fact]
    public void Virtual_time_passes_only_when_idle_and_stops_at_the_limit()
    {
        using var world = new SimulatedWorld(1);
        var heard = new List<(string What, TimeSpan At)>();
        void Hear(string what) => heard.Add((what, world.Elapsed));
        Action<string> hear = Hear;
        var actor = world.System.ActorOf(Props.Create(() => new Hearing(hear)));
        using var cancelled = new Cancelable(world.System.Scheduler);
        var scheduler = world.System.Scheduler;
        scheduler.ScheduleTellOnce(TimeSpan.FromHours(3), actor, "last", ActorRefs.NoSender);
        scheduler.ScheduleTellOnce(TimeSpan.FromHours(1), actor, "never", ActorRefs.NoSender, cancelled);
        scheduler.ScheduleTellRepeatedly(TimeSpan.FromMinutes(50), TimeSpan.FromHours(1), actor, "again", ActorRefs.NoSender);
        scheduler.ScheduleTellOnce(TimeSpan.FromHours(30), actor, "too late", ActorRefs.NoSender);
        actor.Tell("now");
        cancelled.Cancel();
        Assert.True(world.Pump(() => heard.Count == 5, TimeSpan.FromDays(1)));
        Assert.Equal(["now", "again", "again", "again", "last"], heard.Select(h => h.What));
        Assert.Equal([0, 50, 110, 170, 180], heard.Select(h => h.At.TotalMinutes));
        Assert.False(world.Pump(() => false, TimeSpan.FromDays(1)));
        Assert.DoesNotContain(heard, h => h.What == "too late");
        Assert.Equal(DateTimeOffset.UnixEpoch + world.Elapsed, world.Clock.GetUtcNow());
        Assert.InRange(world.Elapsed, TimeSpan.FromHours(23), TimeSpan.FromDays(1));
    }

    private static string Order(ulong interleaving)
    {
        var order = new List<string>();
        var watching = Faults.At().Do(work => order.Add($"{work.Iteration}:{work.Stage}{work.Direction.ToString()[0]}{work.MicroBatch}"));
        (Some with { Behaviour = watching }).Simulate(interleaving);
        return string.Join(' ', order);
    }

    private sealed class Hearing : ReceiveActor
    {
        public Hearing(Action<string> heard) => Receive<string>(heard);
    }

    private sealed class ThreadLog : IRunObserver
    {
        public List<int> Seen { get; } = [];

        public void Note() => Seen.Add(Environment.CurrentManagedThreadId);

        public void Observe(RunEvent occurrence) => Note();
    }
}
