using Akka.Actor;
using Akka.TestKit.Xunit;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The detector in isolation: its inputs, its answers and its reports.</summary>
public sealed class DetectorSpecs : TestKit
{
    private static readonly StepId Work = new(new Ballot(1, new NodeId("n")), 4, Purpose.Training, 0, 2, 1);

    public DetectorSpecs(ITestOutputHelper output)
        : base(RunConfiguration.Quiet, output: output)
    {
    }

    [Fact]
    public async Task A_detector_answers_the_stage_at_once_and_the_server_at_the_end_of_the_pass()
    {
        var detector = Make(microBatches: 3);
        detector.Tell(Pair(0, [1, 2], [1, 2]), TestActor);
        detector.Tell(Pair(1, [1, 2], [1, 4]), TestActor);
        detector.Tell(new InspectionSkipped(Work, Direction.Forward, 2, []), TestActor);
        Assert.False((await Next<Inspected>()).Rejected);
        Assert.True((await Next<Inspected>()).Rejected);
        var report = await Next<PassChecked>();
        Assert.Equal((5, Direction.Forward, Work), (report.Stage, report.Direction, report.Work));
        Assert.Equal([new Verdict(4, 2, 1, 1, Direction.Forward, 4, 5, 0.5)], report.Verdicts);
    }

    [Fact]
    public async Task A_new_pass_forgets_the_verdicts_of_an_aborted_one()
    {
        var detector = Make(microBatches: 2);
        detector.Tell(Pair(0, [1], [2]), TestActor);
        var again = Work with { Pass = 2 };
        detector.Tell(Pair(0, [1], [1]) with { Work = again }, TestActor);
        detector.Tell(Pair(1, [1], [1]) with { Work = again }, TestActor);
        for (var i = 0; i < 3; i++) await Next<Inspected>();
        Assert.Empty((await Next<PassChecked>()).Verdicts);
    }

    [Fact]
    public async Task A_detector_disposes_of_its_tensors()
    {
        var detector = Make(microBatches: 1);
        var pair = Pair(0, [1], [1]);
        detector.Tell(pair, TestActor);
        await Next<Inspected>();
        await Next<PassChecked>();
        // It reports before it lets go.
        await WatchAsync(detector);
        Sys.Stop(detector);
        await ExpectTerminatedAsync(detector, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(pair.Received.IsInvalid);
        Assert.True(pair.Reference!.IsInvalid);
    }

    private static Inspect Pair(int microBatch, float[] sent, float[] computed) =>
        new(Work, Direction.Forward, microBatch, 4, tensor(sent), tensor(computed), []);

    private async Task<T> Next<T>() => await ExpectMsgAsync<T>(cancellationToken: TestContext.Current.CancellationToken);

    private IActorRef Make(int microBatches)
    {
        var server = TestActor;
        var plan = new Rig { MicroBatches = microBatches }.Plan;
        Action begin = () => { };
        return Sys.ActorOf(Props.Create(() => new Detector(5, server, plan, begin, LocalTransport.Instance)));
    }
}
