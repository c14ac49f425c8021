using PipelineRobustness.Hosting;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Runs on machines of which one has another processor.</summary>
public sealed class MixedProcessorSpecs
{
    private const int Stages = 4;

    private static readonly Rig Small = new() { Layers = Stages, Stages = Stages, MicroBatches = 2, Iterations = 3, RetriesMax = 5 };

    public static TheoryData<string> Exact => ["observe", "restart", "substitute", "skip", "skip-with-server", "referee"];

    [Theory, MemberData(nameof(Exact))]
    public void The_odd_machine_gets_no_stage_under_a_remedy_that_compares_bytes(string remedy)
    {
        var rig = Small with { Remedy = remedy, Copies = CopyPlacement.Ring };
        var run = Simulate(rig, odd: "node-2");
        Assert.Null(run.Reason);
        Assert.Equal(rig.PlainLoop().Hash, run.Hash);
        var left = Assert.Single(run.Events.OfType<NodeLeftOut>());
        Assert.Equal(("node-2", (UInt128)2, (UInt128)1), (left.Node.Name, left.Fingerprint, left.Expected));
        Assert.Contains("defence.tolerance", left.Text, StringComparison.Ordinal);
        Assert.All(run.Events.OfType<IPlacement>(), placed => Assert.DoesNotContain(placed.Placement, node => node.Name == "node-2"));
    }

    [Theory]
    [InlineData("off", 0)]
    [InlineData("substitute", 1e-6)]
    public void The_odd_machine_works_as_the_others_do_where_no_bytes_are_compared(string remedy, double tolerance)
    {
        var run = Simulate(Small with { Remedy = remedy, Tolerance = tolerance }, odd: "node-2");
        Assert.Empty(run.Events.OfType<NodeLeftOut>());
        Assert.Contains(run.Events.OfType<RunStarted>().Single().Placement, node => node.Name == "node-2");
    }

    /// <summary>It joins while a node dies, and is the only one with room: the run waits for another.</summary>
    [Fact]
    public void An_odd_machine_that_joins_late_takes_no_stage_and_another_does()
    {
        var rig = Small with { Remedy = "referee" };
        var run = Simulate(rig, odd: "node-5", nodes: Stages, machines =>
        {
            Assert.Equal("node-5", machines.Join());
            machines.Crash("node-3", TimeSpan.FromSeconds(1));
            machines.After(TimeSpan.FromMinutes(1), () => machines.Join());
        });
        Assert.Null(run.Reason);
        Assert.Equal(rig.PlainLoop().Hash, run.Hash);
        Assert.Equal("node-5", Assert.Single(run.Events.OfType<NodeLeftOut>()).Node.Name);
        Assert.Equal(["node-1", "node-2", "node-4", "node-6"], run.Events.OfType<IPlacement>().Last().Placement.Select(node => node.Name).Order());
    }

    /// <summary>One server after the other is on another kind of machine: the run moves to those of its kind.</summary>
    [Fact]
    public void A_server_on_an_odd_machine_gives_stages_to_its_kind()
    {
        string[] first = ["server-1", "node-1", "node-2", "node-3", "node-4"];
        IMachines? machines = null;
        var rig = Small with
        {
            Remedy = "referee",
            Behaviour = Faults.At(iteration: 1, stage: 0).Backward.MicroBatch(0).Once.Do(() => machines!.CrashServer(TimeSpan.FromSeconds(1), stops: true)),
        };
        var run = Simulate(rig, machine => (UInt128)(first.Contains(machine) ? 1 : 2), 2 * Stages, begun => machines = begun);
        Assert.Null(run.Reason);
        Assert.Equal(rig.PlainLoop().Hash, run.Hash);
        Assert.Equal(["node-5", "node-6", "node-7", "node-8"], run.Events.OfType<IPlacement>().Last().Placement.Select(node => node.Name).Order());
    }

    [Fact]
    public async Task A_process_computes_a_fingerprint_for_each_run_that_compares_bytes()
    {
        var exact = Small with { Remedy = "substitute" };
        RunPlan[] plans =
        [
            exact.Plan with { Name = "exact" }, exact.Plan with { Name = "alike", Seed = 9 }, (exact with { MicroBatchSize = 3 }).Plan with { Name = "wide" },
            (exact with { Tolerance = 1e-6 }).Plan with { Name = "tolerant" }, Small.Plan with { Name = "off" },
        ];
        var options = new ClusterOptions { Name = "n", Capacity = new NodeCapacity(1), Experiment = "" };
        var found = await OwnFingerprints.ComputeAsync(plans, options);
        Assert.Equal(ProcessorFingerprint.Of(exact.Plan.Model, exact.MicroBatchSize, exact.Plan.SequenceLength), found.Find("exact"));
        Assert.Equal(found.Find("exact"), found.Find("alike"));
        Assert.NotEqual(found.Find("exact"), found.Find("wide"));
        Assert.Null(found.Find("tolerant"));
        Assert.Null(found.Find("off"));
    }

    private static Ended Simulate(Rig rig, string odd) => Simulate(rig, odd, Stages + 1, _ => { });

    private static Ended Simulate(Rig rig, string odd, int nodes, Action<IMachines> begin) =>
        Simulate(rig, machine => (UInt128)(machine == odd ? 2 : 1), nodes, begin);

    private static Ended Simulate(Rig rig, Func<string, UInt128> fingerprint, int nodes, Action<IMachines> begin)
    {
        var log = new EventLog();
        var simulation = new SimulationOptions { Seed = 1, Nodes = nodes, Room = 1, Fingerprint = fingerprint, Begin = begin };
        var end = SimulatedRun.Run(simulation, rig.Spec(new RunPorts { Behaviour = rig.Behaviour ?? HonestBehaviour.Instance }), log);
        Assert.NotNull(end.Outcome);
        return Ended.Of(end.Outcome, log, rig.Adversary());
    }
}
